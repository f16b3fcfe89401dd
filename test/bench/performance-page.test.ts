import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import t from 'tap'

import { readArguments } from './arguments.ts'
import type { Bench } from './bench.ts'
import { benches } from './benches.ts'
import { tableOf, withTable } from './performance-page.ts'
import { jsonLine, plainLines, reportOf } from './report.ts'

const bench: Bench = {
  name: 'sample',
  measures: 'nothing',
  targets: [
    { key: 'ratio', bound: 'at least', limit: 0.4 },
    { key: 'p99_ms', bound: 'at most', limit: 30 },
  ],
  run: async () => ({ figures: {}, postgres: null }),
}
const measured = { figures: { ratio: 0.51234, p99_ms: 31.5, beside: 1 }, postgres: '18.4' }

t.test('a report holds each key of the bench, rounded, and the machine', async (t) => {
  const report = reportOf(bench, measured, false)
  const line: unknown = JSON.parse(jsonLine(report))
  t.match(line, { bench: 'sample', ratio: 0.512, p99_ms: 31.5, machine: { postgres: '18.4' } })
  t.notOk(jsonLine(report).includes('beside'))
  t.match(plainLines(bench, report)[1], /p99_ms: 31.5 .*NOT met/)
})

t.test('a figure that was not measured is an error', async (t) => {
  t.throws(() => reportOf(bench, { figures: { ratio: 1 }, postgres: null }, false), /p99_ms/)
  const broken = { figures: { ratio: NaN, p99_ms: 1 }, postgres: null }
  t.throws(() => reportOf(bench, broken, false), /ratio/)
})

t.test('a quick run says so in its line', async (t) => {
  t.match(JSON.parse(jsonLine(reportOf(bench, measured, true))), { quick: true })
})

t.test('the table goes between the marks of the page, which has them', async (t) => {
  const page = await readFile(new URL('../../docs/performance.md', import.meta.url), 'utf8')
  const table = tableOf([{ bench, report: reportOf(bench, measured, false) }], '2026-11-23')
  const written = withTable(page, table)
  t.match(written, '| sample | `ratio`  |    0.512 | at least 0.4 | yes    |')
  t.match(written, '| sample | `p99_ms` |     31.5 |   at most 30 | **no** |')
  t.equal(withTable(written, table), written, 'writing it again changes nothing')
  t.throws(() => withTable('no marks', table))
})

t.test('the written page is formatted as the check of this repository wants it', async (t) => {
  const root = join(import.meta.dirname, '..', '..')
  const page = await readFile(join(root, 'docs', 'performance.md'), 'utf8')
  const table = tableOf([{ bench, report: reportOf(bench, measured, false) }], '2026-11-23')
  const written = withTable(page, table)
  // `env -i`, because tap instruments the Node processes that a test spawns.
  const command = ['node_modules/.bin/oxfmt', '--stdin-filepath', 'docs/performance.md']
  const oxfmt = spawn('env', ['-i', `PATH=${process.env['PATH']}`, ...command], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  oxfmt.stdin.end(written)
  t.equal(await text(oxfmt.stdout), written)
})

t.test('the page tells of every bench', async (t) => {
  const page = await readFile(new URL('../../docs/performance.md', import.meta.url), 'utf8')
  for (const { name } of benches) t.match(page, `**${name}**`)
})

t.test('the command line names benches that there are', async (t) => {
  const plain = { names: [], isJson: false, isQuick: false, seeds: {} }
  t.same(readArguments(['a', '--json'], ['a', 'b']), { ...plain, names: ['a'], isJson: true })
  t.same(readArguments(['--quick'], ['a']), { ...plain, isQuick: true })
  t.same(readArguments(['--seeds', '3', '--first', '0'], []), {
    ...plain,
    seeds: { count: 3, first: 0 },
  })
  t.match(readArguments(['--seeds', '0'], []), { mistake: /--seeds must be .* from 1 to/ })
  t.match(readArguments(['--first', '1.5'], []), { mistake: /--first/ })
  t.match(readArguments(['c'], ['a', 'b']), { mistake: 'There is no bench c. There are: a, b.' })
  t.match(readArguments(['--fast'], ['a']), { mistake: /--fast/ })
})
