import path from 'node:path'

import { SECOND_MS } from '@portcullis/contracts'
import { makeDataFolder } from '@portcullis/embedded-postgres'
import { runEscalator } from '@portcullis/escalator'
import { runGateway } from '@portcullis/gateway'
import { runNotifier } from '@portcullis/notifier'
import {
  createLifecycle,
  createLogger,
  environmentWith,
  logFileAt,
  type ProcessParts,
  randomToken,
  randomUuid,
  readConfig,
  STANDALONE_DEFAULTS,
} from '@portcullis/runtime'

import { aggregatorIsHeardOf } from './aggregator-is-heard-of.ts'
import { type LogLines, superviseAggregator } from './aggregator-process.ts'
import { bannerOf } from './banner.ts'
import { readToken, shellFileOf, writeShellFile } from './data-folder.ts'
import { watchDiskRoom } from './disk-room.ts'
import { type OpenDatabase, openDatabase } from './open-database.ts'

const TOKEN_BYTES = 32
const STOP_DEADLINE_MS = 15 * SECOND_MS

/**
 * Runs all of Portcullis under one command: the database, gateway, escalator and notifier here, the
 * aggregator in a process of its own. Prints where everything is, and returns when it is up.
 *
 * Throws a sentence when it cannot start; what had started by then is stopped.
 */
export async function standalone(): Promise<void> {
  const { config, warnings } = readConfig({ defaults: STANDALONE_DEFAULTS })
  const { dataDir } = config.storage
  // The first that is written: what follows finds a folder of ours.
  await makeDataFolder(path.resolve(dataDir))
  const instance = randomUuid()
  const logFile = config.log.file ?? path.join(dataDir, 'portcullis.log')
  const lines = await logFileAt(logFile)
  const { level } = config.log
  const log = createLogger({ service: 'standalone', instance, level, destination: lines })
  for (const warning of warnings) {
    log.warn(warning)
    process.stderr.write(`Note: ${warning}\n`)
  }
  const lifecycle = createLifecycle({ log })
  // From the beginning: Ctrl-C during a start must not leave a database behind.
  lifecycle.listen()
  try {
    const database = await openDatabase(config, { lifecycle, log })
    const parts = { config, instance, log, lifecycle, connectionString: database.connectionString }
    const address = await runParts({ ...parts, warnings, database, lines })
    const { redisUrl, redisCluster } = config.storage
    const queues = (redisUrl ?? redisCluster) ? 'Redis' : 'PostgreSQL'
    process.stdout.write(
      bannerOf({
        url: address,
        database,
        queues,
        dataDir,
        shellFile: shellFileOf(dataDir),
        logFile,
      }),
    )
  } catch (error) {
    await lifecycle.close('the start failed')
    throw explained(error)
  }
}

interface StartingParts extends ProcessParts {
  readonly warnings: readonly string[]
  readonly database: OpenDatabase
  /** The log's file: all processes write to it through this one. */
  readonly lines: LogLines
}

/** Starts what works on the database, and returns the gateway's address when all of it is up. */
async function runParts(given: StartingParts): Promise<string> {
  const { lifecycle, log, config, database, connectionString } = given
  const { dataDir, redisUrl, redisCluster } = config.storage
  // Whoever is asked to end starts nothing more.
  const goOn = (): void => lifecycle.closing.throwIfAborted()
  const token = config.access.firstToken ?? (await readToken(dataDir)) ?? newToken()
  const shell = {
    databaseUrl: connectionString,
    token,
    redisUrl,
    redisCluster: redisCluster?.map(({ host, port }) => `${host}:${port}`).join(','),
  }
  await writeShellFile(dataDir, shell)
  const parts = { ...given, config: { ...config, access: { ...config.access, firstToken: token } } }
  goOn()
  startAggregator(parts)
  await runEscalator(parts)
  goOn()
  await runNotifier(parts)
  goOn()
  const room = watchDiskRoom(database.folder ?? dataDir, {
    freeMibMin: database.kind === 'embedded' ? config.limits.diskFreeMib : 0,
    log,
  })
  lifecycle.onClose({ name: 'disk room', close: () => room.loop.stop() })
  const { address } = await runGateway({ ...parts, hasRoom: room.hasRoom })
  goOn()
  await writeShellFile(dataDir, { ...shell, url: address })
  await aggregatorIsHeardOf(connectionString)
  return address
}

function startAggregator({ lifecycle, log, connectionString, lines }: StartingParts): void {
  const env = environmentWith({ DATABASE_URL: connectionString, PORTCULLIS_LOG_FILE: undefined })
  const aggregator = superviseAggregator({ env, log, lines })
  lifecycle.onClose({
    name: 'aggregator',
    deadlineMs: STOP_DEADLINE_MS,
    close: () => aggregator.stop(),
  })
}

function newToken(): string {
  return `pc_${randomToken(TOKEN_BYTES)}`
}

/** What a user can do about the errors that a start most often meets. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  if (error.code === 'EADDRINUSE') {
    const { port } = error as Error & { port?: number }
    return new Error(
      `Port ${port} is taken by another program. End it, or choose another port: PORT=3001 npm start`,
      { cause: error },
    )
  }
  return error
}
