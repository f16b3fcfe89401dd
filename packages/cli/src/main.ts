#!/usr/bin/env node
import { environment, systemClock } from '@portcullis/runtime'

import { runCli } from './run-cli.ts'

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
})
