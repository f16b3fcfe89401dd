// Goal: docs/verdict-quality.md holds what the bench prints, in the form in which it prints it. Method: what the bench writes of
// made-up results goes into the page, and formats to itself; and the page as it stands has tables of the same shape.
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import t from 'tap'

import { withTable } from '../performance-page.ts'
import { verdictQualityBench } from './bench.ts'
import { observeAll } from './ideal/ideal-observer.ts'
import { allJudges } from './judges/all-judges.ts'
import { tablesOf } from './page.ts'
import { pictureOf } from './picture.ts'
import { FAMILIES } from './release/families.ts'
import { bestSettings, contestOf } from './score/contest.ts'
import { Results } from './score/results.ts'
import { allReleases } from './score/run-all.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const RANGES = [
  { first: 0, count: 1 },
  { first: 7, count: 1 },
]
const JUDGES = allJudges().map(({ peer, setting }) => ({ peer, setting }))
const RIGHT = new Map(FAMILIES.map(({ name, right }) => [name, right]))

/** The nth judge takes n + 1 minutes for what is bad; the product's is the first; those of the first peer block all. */
function madeUp(): Results {
  const releases = RANGES.flatMap((range) => allReleases(range)).map((key) => ({
    key,
    watched: JUDGES.map(({ peer }, nth) => {
      const isBlocked = RIGHT.get(key.family) === 'block' || peer === 'first system'
      return {
        blockedAfter: isBlocked && key.rate > 1 ? 6 * (nth + 1) : null,
        undecided: 10,
        looks: 20,
        harmed: 5_000,
      }
    }),
  }))
  return new Results(JUDGES, releases)
}

/** So few draws that they cost little. */
const OBSERVED = observeAll(
  madeUp().releases.map(({ key }) => key),
  10,
)

/** The heads of the tables that are written. */
function headsOf(page: string): string[] {
  const lines = page.split('\n')
  return lines.filter((_, nth) => /^\| -/u.test(lines[nth + 1] ?? '')).map(tidy)
}

const tidy = (line: string): string => line.replaceAll(/ +/gu, ' ')

function writtenIn(page: string): string {
  return page.slice(page.indexOf('<!-- Between'), page.indexOf('<!-- End of what'))
}

const page = await readFile(join(ROOT, 'docs', 'verdict-quality.md'), 'utf8')

t.test('the page has the tables that the bench writes', async (t) => {
  const written = tablesOf(madeUp(), RANGES, OBSERVED)
  t.same(headsOf(writtenIn(page)), headsOf(written))
  for (const { name } of FAMILIES) t.match(writtenIn(page), `| ${name} `)
  for (const { peer, setting } of JUDGES) t.match(tidy(writtenIn(page)), `| ${peer} | ${setting} |`)
})

t.test('what is written is formatted as the check of this repository wants it', async (t) => {
  const written = withTable(page, tablesOf(madeUp(), RANGES, OBSERVED))
  // `env -i`, because tap instruments the Node processes that a test spawns.
  const command = ['node_modules/.bin/oxfmt', '--stdin-filepath', 'docs/verdict-quality.md']
  const oxfmt = spawn('env', ['-i', `PATH=${process.env['PATH']}`, ...command], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  oxfmt.stdin.end(written)
  t.equal(await text(oxfmt.stdout), written)
})

t.test(
  'only peers within the limit are compared with, each figure with the best of them',
  async (t) => {
    const results = madeUp()
    const [ours, ...others] = bestSettings(results)
    t.same(ours, JUDGES[0])
    t.equal(others.length, 4)
    const firstFair = JUDGES.findIndex(({ peer }) => peer === 'fixed thresholds')
    const { falseBlocks, missed, peerMissed, timeRatio, missedRatio } = contestOf(results)
    t.equal(falseBlocks, 0)
    t.equal(missed, 0.25)
    t.ok(Math.abs(timeRatio - 1 / (firstFair + 1)) < 1e-9, `${timeRatio}`)
    t.equal(missedRatio, 1)
    t.equal(peerMissed, 0.25)
  },
)

t.test('the ideal observer stands beside the others at each rate', async (t) => {
  const written = tablesOf(madeUp(), RANGES, OBSERVED)
  const rows = tidy(written.slice(written.indexOf('| ideal observer')))
    .split('\n')
    .slice(2)
  t.same(
    rows.map((row) => row.split(' | ')[0]),
    ['| 1', '| 10', '| 100', '| 1000', '| all', '| all together'],
  )
  // All miss everything at 1 request a second, and nothing else.
  t.match(rows[0]!, /^\| 1 \| \d+\.\d % \| 100\.0 % \| 100\.0 % \| 0\.\d\d \| 1\.00 \|$/u)
  t.match(rows[3]!, '| 1000 | 0.0 % | 0.0 % | 0.0 % | 1.00 | 1.00 |')
  t.match(rows[4]!, /^\| all \| \d+\.\d % \| 25\.0 % \| 25\.0 % \|/u)
})

t.test('the picture has a mark for each judge in each family', async (t) => {
  const picture = pictureOf(madeUp())
  const bad = FAMILIES.filter(({ right }) => right === 'block')
  for (const { name } of bad) t.match(picture, `>${name}</text>`)
  // Each judge once in the legend as well.
  t.equal(picture.match(/<circle/gu)?.length, 2 * (bad.length + 1))
  t.match(picture, 'prefers-color-scheme:dark')
  t.notMatch(picture, 'NaN')
})

t.test('the page names every bound of the bench', async (t) => {
  t.same(
    verdictQualityBench.targets.map(({ key }) => key),
    ['false_blocks_pct', 'time_ratio', 'missed_ratio'],
  )
})
