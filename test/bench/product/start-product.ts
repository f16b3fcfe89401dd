import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { freePort, makeTemporaryFolder, reapAfterDeath, waitFor } from '@portcullis/testkit'

import type { Scope } from '../scope.ts'

/** A Portcullis that runs, all of it, on an empty embedded Postgres. */
export interface Product {
  readonly port: number
  /** The first admin's bearer token. */
  readonly token: string
  /** The embedded server's, as the superuser. */
  readonly databaseUrl: string
  /** The process that `npm start` would be; its children belong to it. */
  readonly pid: number
  /** Stops it as Ctrl-C does. The scope does it otherwise. */
  stop(): Promise<void>
}

const MAIN = fileURLToPath(new URL('../../../services/standalone/src/main.ts', import.meta.url))
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const TOKEN = 'bench-0123456789abcdef0123456789abcdef'
const START_MS_MAX = 60_000
const STOP_MS_MAX = 30_000
const LOG_LINES_SHOWN = 40

/**
 * Starts what `npm start` starts, with its defaults but for a data folder of its own, a free port, and
 * what `settings` says. Returns when `/ops/ready` is 200; throws with the end of its log otherwise.
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
    PORTCULLIS_TOKEN: TOKEN,
    ...settings,
  })
  const callOffReaper = reapAfterDeath(child.pid ?? 0, folder)
  const stop = async (): Promise<void> => {
    await stopChild(child)
    callOffReaper()
  }
  scope.teardown(stop)
  await ready(child, port, logFile)
  const databaseUrl = await databaseUrlIn(join(data, 'env'))
  return { port, token: TOKEN, databaseUrl, pid: child.pid ?? 0, stop }
}

async function launch(
  logFile: string,
  settings: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const log = await open(logFile, 'a')
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, [MAIN], {
    cwd: ROOT,
    env: { PATH, HOME, ...settings },
    stdio: ['ignore', log.fd, log.fd],
  })
  await once(child, 'spawn')
  await log.close()
  return child
}

async function ready(child: ChildProcess, port: number, logFile: string): Promise<void> {
  const isReady = async (): Promise<boolean> => {
    if (hasEnded(child)) return true
    return (await fetch(`http://127.0.0.1:${port}/ops/ready`)).status === 200
  }
  try {
    await waitFor(isReady, { what: '200 of /ops/ready', timeoutMs: START_MS_MAX, pollMs: 50 })
    if (hasEnded(child)) throw new Error('The product ended at its start.')
  } catch (cause) {
    const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n')
    const tail = lines.slice(-LOG_LINES_SHOWN).join('\n')
    throw new Error(`The product did not become ready. Its log ends with:\n${tail}`, { cause })
  }
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
