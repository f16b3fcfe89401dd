import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

import { inCleanEnvironment } from '@portcullis/testkit'

const MAIN = fileURLToPath(import.meta.resolve('../../../packages/cli/src/main.ts'))

/** What a call of the command line led to. */
export interface CliRun {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Where what a command works on is. */
export interface StoreAddresses {
  readonly database: { readonly connectionString: string }
  /** Where the queues are, unless they are in Postgres. */
  readonly redis?: { readonly url: string } | undefined
}

/** Runs `portcullis` in a process of its own, as an operator does. */
export async function runPortcullis(
  { database, redis }: StoreAddresses,
  ...args: string[]
): Promise<CliRun> {
  const variables = {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: database.connectionString,
    ...(redis === undefined ? {} : { REDIS_URL: redis.url }),
  }
  const command = [process.execPath, MAIN, ...args]
  const child = spawn('env', inCleanEnvironment(variables, command), {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = once(child, 'close')
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await closed
  return { code: code as number | null, out, err }
}
