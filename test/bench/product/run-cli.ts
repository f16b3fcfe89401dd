import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../../packages/cli/src/main.ts', import.meta.url))

/** What a command wrote, and how long it took from its start to its end. */
export interface CliRun {
  readonly output: string
  readonly elapsedMs: number
}

/** Runs `portcullis` on a database; throws what it wrote when it does not exit with 0. */
export async function runCli(databaseUrl: string, args: readonly string[]): Promise<CliRun> {
  const { PATH, HOME } = process.env
  const begin = performance.now()
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH, HOME, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  const elapsedMs = performance.now() - begin
  if (code === 0) return { output: out, elapsedMs }
  throw new Error(`portcullis ${args.join(' ')} ended with ${String(code)}:\n${out}${errors}`)
}
