import path from 'node:path'

import { SECOND_MS } from '@portcullis/contracts'
import { runEscalator } from '@portcullis/escalator'
import { runGateway } from '@portcullis/gateway'
import { runNotifier } from '@portcullis/notifier'
import {
  createLifecycle,
  environmentWith,
  type Lifecycle,
  type Logger,
  openLog,
  randomToken,
  randomUuid,
  readConfig,
  STANDALONE_DEFAULTS,
} from '@portcullis/runtime'

import { aggregatorIsHeardOf } from './aggregator-is-heard-of.ts'
import { superviseAggregator } from './aggregator-process.ts'
import { bannerOf } from './banner.ts'
import { readToken, shellFileOf, writeShellFile } from './data-folder.ts'
import { watchDiskRoom } from './disk-room.ts'
import { openDatabase } from './open-database.ts'

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
  const instance = randomUuid()
  const logFile = config.log.file ?? path.join(dataDir, 'portcullis.log')
  const log = await openLog({
    service: 'standalone',
    instance,
    config: { log: { ...config.log, file: logFile } },
  })
  for (const warning of warnings) {
    log.warn(warning)
    process.stderr.write(`Note: ${warning}\n`)
  }
  const lifecycle = createLifecycle({ log })
  // From the beginning: Ctrl-C during a start must not leave a database behind.
  lifecycle.listen()
  try {
    const database = await openDatabase(config, { lifecycle, log })
    const { connectionString } = database
    const token = config.access.firstToken ?? (await readToken(dataDir)) ?? newToken()
    await writeShellFile(dataDir, { databaseUrl: connectionString, token })
    const withToken = { ...config, access: { ...config.access, firstToken: token } }
    const parts = { config: withToken, instance, log, lifecycle, connectionString }
    startAggregator({ lifecycle, log, connectionString, logFile })
    await runEscalator(parts)
    await runNotifier(parts)
    const room = watchDiskRoom(database.folder ?? dataDir, {
      freeMibMin: database.kind === 'embedded' ? config.limits.diskFreeMib : 0,
      log,
    })
    lifecycle.onClose({ name: 'disk room', deadlineMs: SECOND_MS, close: () => room.loop.stop() })
    const { address } = await runGateway({ ...parts, warnings, hasRoom: room.hasRoom })
    await writeShellFile(dataDir, { databaseUrl: connectionString, token, url: address })
    await aggregatorIsHeardOf(connectionString)
    const { redisUrl, redisCluster } = config.storage
    const queues = (redisUrl ?? redisCluster) ? 'Redis' : 'PostgreSQL'
    const banner = {
      url: address,
      dataDir: path.resolve(dataDir),
      database: database.kind,
      queues,
    } as const
    process.stdout.write(bannerOf({ ...banner, shellFile: shellFileOf(dataDir), logFile }))
  } catch (error) {
    await lifecycle.close('the start failed')
    throw explained(error)
  }
}

function startAggregator(given: {
  readonly lifecycle: Lifecycle
  readonly log: Logger
  readonly connectionString: string
  readonly logFile: string
}): void {
  const { lifecycle, log, connectionString, logFile } = given
  const env = environmentWith({ DATABASE_URL: connectionString, PORTCULLIS_LOG_FILE: logFile })
  const aggregator = superviseAggregator({ env, log })
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
