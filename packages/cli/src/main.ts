#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import path from 'node:path'

// A third of a short command's time is compiling it. Beside the code, so that whoever may write the cache may
// write the code as well; what cannot be written is done without. It serves what is imported after it.
enableCompileCache(
  path.join(import.meta.dirname, '../../../node_modules/.cache/node-compile-cache'),
)
const { environment, systemClock } = await import('@portcullis/runtime')
const { runCli } = await import('./run-cli.ts')
const { beforeEnd } = await import('./terminal/before-end.ts')

// A reader that has seen enough (`portcullis keys list | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

process.exitCode = await runCli({
  argv: process.argv.slice(2),
  env: environment(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  clock: systemClock,
  beforeEnd,
})
