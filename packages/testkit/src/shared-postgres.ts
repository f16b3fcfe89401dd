import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { inCleanEnvironment } from './clean-environment.ts'

/** Set by the test runner for the whole run; absent when a test file runs by itself. */
export const SHARED_POSTGRES_VARIABLE = 'PORTCULLIS_TEST_POSTGRES'

const KEEPER = fileURLToPath(new URL('postgres-keeper.ts', import.meta.url))

let ofThisProcess: Promise<string> | undefined

/**
 * Returns the connection string of a superuser on a Postgres server that is shared: by all test
 * files of a run when the runner started one, else by the tests of this file, started at the first
 * call. It ends with the process, even when that is killed.
 */
export async function sharedPostgres(): Promise<string> {
  const ofTheRun = process.env[SHARED_POSTGRES_VARIABLE]
  if (ofTheRun !== undefined) return ofTheRun
  ofThisProcess ??= startKeptPostgres()
  return ofThisProcess
}

/**
 * Starts a keeper (postgres-keeper.ts) with a server of its own and returns its connection string.
 * The keeper's input is tied to the life of this process.
 */
async function startKeptPostgres(): Promise<string> {
  // Also because the keeper outlives what tap would instrument it for.
  const keeper = spawn('env', inCleanEnvironment({}, [process.execPath, KEEPER]), {
    // A group of its own: Ctrl-C reaches the tests first, the server last.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const said = await firstLineOf(keeper.stdout)
  // Neither the keeper nor its pipes keep the test process from ending.
  keeper.unref()
  unref(keeper.stdin)
  unref(keeper.stdout)
  const answer: { connectionString: string } | { error: string } = JSON.parse(said)
  if ('error' in answer) throw new Error(answer.error)
  return answer.connectionString
}

async function firstLineOf(stream: NodeJS.ReadableStream): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    text += chunk
    const end = text.indexOf('\n')
    if (end !== -1) resolve(text.slice(0, end))
  })
  stream.on('end', () => reject(new Error("The keeper of the tests' Postgres ended.")))
  return promise
}

function unref(stream: object): void {
  // Pipes of child processes are sockets, although their types do not say so.
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref()
}
