import { env } from 'node:process'

import { listenForEnd } from '@portcullis/runtime'

import { type DemoArguments, demoArgumentsOf, USAGE } from './demo-arguments.ts'
import { runDemo } from './run-demo.ts'
import { createNarrator } from './story/narrator.ts'

/** 128 + SIGINT, as shells report it. */
const EXIT_INTERRUPTED = 130
const EXIT_USAGE = 2

const interrupted = new AbortController()
listenForEnd({
  onAsked: () => interrupted.abort(new Error('The demo was interrupted.')),
  // The processes end when this one is gone.
  onAskedAgain: () => process.exit(EXIT_INTERRUPTED),
})
process.exitCode = await main()

async function main(): Promise<number> {
  let given: DemoArguments | 'help'
  try {
    given = demoArgumentsOf(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${USAGE}`)
    return EXIT_USAGE
  }
  if (given === 'help') {
    process.stdout.write(USAGE)
    return 0
  }
  const narrator = createNarrator({
    write: (text) => process.stdout.write(text),
    isColoured: process.stdout.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
    columns: process.stdout.columns,
    now: () => performance.now(),
  })
  try {
    await runDemo(given, { narrator, signal: interrupted.signal, env })
    return 0
  } catch (error) {
    if (interrupted.signal.aborted) return EXIT_INTERRUPTED
    process.stderr.write(`\nThe story did not happen. ${messageOf(error)}\n`)
    return 1
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
