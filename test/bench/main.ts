// `npm run bench -- [NAME ...] [--json] [--quick] [--seeds N] [--first N]`: measures the product as a user starts it. Without
// a name all benches run, and docs/performance.md gets their table. Seeds are for what is simulated (verdict-quality).
import { listenForEnd } from '@portcullis/runtime'

import { type Arguments, readArguments } from './arguments.ts'
import type { Bench } from './bench.ts'
import { benches } from './benches.ts'
import { type Result, writePerformancePage } from './performance-page.ts'
import { jsonLine, plainLines, reportOf } from './report.ts'
import { createScope, type OwnedScope } from './scope.ts'

const EXIT_USAGE = 2
const EXIT_INTERRUPTED = 130
const DAY_LENGTH = 'yyyy-mm-dd'.length

/** The scope of the bench that runs: Ctrl-C must not leave servers behind. */
let current: OwnedScope = createScope()

const leave = (): never => process.exit(EXIT_INTERRUPTED)
listenForEnd({ onAsked: () => void current.end().finally(leave), onAskedAgain: leave })
process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const known = benches.map(({ name }) => name)
  const wanted = readArguments(args, known)
  if ('mistake' in wanted) {
    console.error(wanted.mistake)
    return EXIT_USAGE
  }
  const isAll = wanted.names.length === 0
  const results: Result[] = []
  let failed = 0
  for (const bench of benches) {
    if (!isAll && !wanted.names.includes(bench.name)) continue
    try {
      results.push(await runOne(bench, wanted))
    } catch (error) {
      failed += 1
      console.error(`${bench.name} failed:`, error)
    }
  }
  if (wanted.isQuick) console.error('This was a quick run: it says nothing about speed.')
  // A table with a hole in it would look like a bench that was never there.
  else if (isAll && failed === 0) await writePerformancePage(results, today())
  return failed === 0 ? 0 : 1
}

async function runOne(bench: Bench, { isQuick, isJson, seeds }: Arguments): Promise<Result> {
  const scope = createScope()
  current = scope
  const say = (line: string): void => console.error(`${bench.name}: ${line}`)
  try {
    say(bench.measures)
    const report = reportOf(bench, await bench.run({ scope, isQuick, seeds, say }), isQuick)
    for (const line of isJson ? [jsonLine(report)] : plainLines(bench, report)) console.log(line)
    return { bench, report }
  } finally {
    await scope.end()
  }
}

function today(): string {
  return new Date().toISOString().slice(0, DAY_LENGTH)
}
