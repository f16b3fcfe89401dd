import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { freePort, makeTemporaryFolder, reapAfterDeath, waitFor } from '@portcullis/testkit'

import manifest from '../../../package.json' with { type: 'json' }
import type { Scope } from '../scope.ts'
import { runCli } from './run-cli.ts'

/** A Portcullis that runs, all of it, on an embedded Postgres. */
export interface Product {
  readonly port: number
  /** Token of an API key that may do everything. */
  readonly token: string
  /** As the superuser. */
  readonly databaseUrl: string
  /** The process that `npm start` would be; its children belong to it. */
  readonly pid: number
  /** Stops it as Ctrl-C does. The scope does it otherwise. */
  stop(): Promise<void>
}

/** What `npm start` runs, as package.json has it. Each program in it becomes the next one: one process. */
const [PROGRAM, ...ARGUMENTS] = manifest.scripts.start.split(' ') as [string, ...string[]]
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const START_MS_MAX = 60_000
const STOP_MS_MAX = 30_000
const LOG_LINES_SHOWN = 40

/**
 * Starts what `npm start` starts, with its defaults but for a data folder of its own, a free port, and
 * what `settings` says; on an empty database where they name none. Returns when `/ops/ready` is 200; throws with the end of its logs otherwise.
 */
export async function startProduct(
  scope: Scope,
  settings: Readonly<Record<string, string>> = {},
): Promise<Product> {
  const folder = await makeTemporaryFolder()
  scope.teardown(() => rm(folder, { recursive: true, force: true }))
  const logFile = join(folder, 'log')
  const port = await freePort()
  const data = join(folder, 'data')
  const child = await launch(logFile, {
    PORT: String(port),
    PORTCULLIS_DATA: data,
    ...settings,
  })
  const callOffReaper = reapAfterDeath(child.pid ?? 0, folder)
  const stop = async (): Promise<void> => {
    await stopChild(child)
    callOffReaper()
  }
  scope.teardown(stop)
  await ready(child, port, [logFile, join(data, 'portcullis.log')])
  const databaseUrl = settings['DATABASE_URL'] ?? (await databaseUrlIn(join(data, 'env')))
  const token = await createKey(databaseUrl, port)
  return { port, token, databaseUrl, pid: child.pid ?? 0, stop }
}

async function launch(
  logFile: string,
  settings: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const log = await open(logFile, 'a')
  const { PATH, HOME } = process.env
  const child = spawn(PROGRAM, ARGUMENTS, {
    cwd: ROOT,
    env: { PATH, HOME, ...settings },
    stdio: ['ignore', log.fd, log.fd],
  })
  await once(child, 'spawn')
  await log.close()
  return child
}

async function ready(
  child: ChildProcess,
  port: number,
  logFiles: readonly string[],
): Promise<void> {
  const isReady = async (): Promise<boolean> => {
    if (hasEnded(child)) return true
    return (await fetch(`http://127.0.0.1:${port}/ops/ready`)).status === 200
  }
  try {
    await waitFor(isReady, { what: '200 of /ops/ready', timeoutMs: START_MS_MAX, pollMs: 50 })
    if (hasEnded(child)) throw new Error('The product ended at its start.')
  } catch (cause) {
    const tails = await Promise.all(logFiles.map(tailOf))
    throw new Error(`The product did not become ready. Its logs end with:\n${tails.join('\n')}`, {
      cause,
    })
  }
}

async function tailOf(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch((error: Error) => error.message)
  return text.trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n')
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const ended = once(child, 'exit')
  child.kill('SIGINT')
  const late = new AbortController()
  const inTime = await Promise.race([
    ended.then(() => true),
    delay(STOP_MS_MAX, false, { signal: late.signal }),
  ])
  late.abort()
  if (inTime) return
  child.kill('SIGKILL')
  await ended
  throw new Error(`The product did not stop within ${STOP_MS_MAX} ms of SIGINT.`)
}

/** Makes an API key, as a user does, and returns its token once the gateway takes it. */
async function createKey(databaseUrl: string, port: number): Promise<string> {
  const { output } = await runCli(databaseUrl, ['keys', 'create', '--role', 'ops_admin'])
  const token = output.trim()
  const isTaken = async (): Promise<boolean> => {
    const headers = { authorization: `Bearer ${token}` }
    return (await fetch(`http://127.0.0.1:${port}/me/permissions`, { headers })).status === 200
  }
  await waitFor(isTaken, { what: 'the gateway that takes the key' })
  return token
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** Reads what a user sources: `DATABASE_URL=...`, perhaps exported, perhaps quoted. */
async function databaseUrlIn(envFile: string): Promise<string> {
  const text = await readFile(envFile, 'utf8')
  const found = /^(?:export )?DATABASE_URL=(['"]?)(.+)\1$/mu.exec(text)?.[2]
  if (found === undefined) throw new Error(`${envFile} holds no DATABASE_URL.`)
  return found
}
