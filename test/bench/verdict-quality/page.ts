import { readFile, writeFile } from 'node:fs/promises'

import { paddedTable, withTable } from '../performance-page.ts'
import { missedOfAll, missedOfEach, type Observed, observeAll } from './ideal/ideal-observer.ts'
import { pictureOf } from './picture.ts'
import { FAMILIES } from './release/families.ts'
import {
  bestSettings,
  type Contest,
  contestOf,
  FALSE_BLOCKS_MAX,
  falseBlocksOf,
  ratio,
} from './score/contest.ts'
import type { JudgeName, Results } from './score/results.ts'
import { RATES, type Seeds } from './score/run-all.ts'
import type { Scores } from './score/scores.ts'

const DOCS = new URL('../../../docs/', import.meta.url)

/** Writes the tables into docs/verdict-quality.md, between its marks, and the picture beside it. */
export async function writeQualityPage(results: Results, ranges: readonly Seeds[]): Promise<void> {
  const place = new URL('verdict-quality.md', DOCS)
  const page = await readFile(place, 'utf8')
  const observed = observeAll(results.releases.map(({ key }) => key))
  await writeFile(place, withTable(page, tablesOf(results, ranges, observed)))
  await writeFile(new URL('verdict-quality.svg', DOCS), pictureOf(results))
}

/** Returns all that the bench writes into the page, of releases that the ideal observer has seen as well. */
export function tablesOf(
  results: Results,
  ranges: readonly Seeds[],
  observed: readonly Observed[],
): string {
  const best = bestSettings(results)
  return [
    `${countText(results, ranges)} Of each peer the setting that does it most credit, then all others:`,
    judgeTable(results, best),
    'How releases that are to be blocked fared: which share was never blocked, and the median seconds until a block.',
    missTable(results, best),
    'How many of those that are to pass were blocked (in a dependency outage either can be defended, and it is not counted):',
    blockTable(results, best),
    'By requests per second, against the best that any peer reaches within 1 % of false blocks:',
    contestTable(
      'rate',
      RATES.map((rate) => [`${rate}`, contestOf(results, { rate })] as const),
    ),
    'Other seeds give the same picture:',
    contestTable(
      'seeds',
      ranges.map((range) => [seedText(range), contestOf(results, slice(range))] as const),
    ),
    whereBetter(results, best),
    'What can be known at all: the shares that are missed, beside that of an ideal observer who blocks 1 % of the healthy twins of each release (in the last row 1 % of all twins together, spent where it finds most):',
    knowableTable(results, observed),
  ].join('\n\n')
}

function countText({ releases }: Results, ranges: readonly Seeds[]): string {
  const seeds = ranges.map(seedText).join(' and ')
  return `${releases.length.toLocaleString('en-US')} releases: ${FAMILIES.length} families at ${RATES.length} rates, each with the seeds ${seeds}.`
}

function seedText({ first, count }: Seeds): string {
  return `${first} to ${first + count - 1}`
}

function slice({ first, count }: Seeds): { seeds: (seed: number) => boolean } {
  return { seeds: (seed) => seed >= first && seed < first + count }
}

function judgeTable(results: Results, best: readonly JudgeName[]): string {
  const others = results.judges.filter((judge) => !best.includes(judge))
  const rows = [...best, ...others].map((judge) => {
    const bad = results.scores(judge, { right: 'block' })
    const all = [bad, results.scores(judge, { right: 'pass' })]
    const undecided = all.reduce((sum, one) => sum + one.undecided, 0) / all.length
    return [
      judge.peer,
      judge.setting,
      percent(falseBlocksOf(results, judge), 2),
      percent(bad.missed),
      secondsText(bad.medianS),
      secondsText(bad.p90S),
      percent(undecided),
      Math.round(bad.harmed).toLocaleString('en-US'),
    ]
  })
  const head = [
    'judge',
    'setting',
    'false blocks',
    'missed',
    'median s',
    'p90 s',
    'undecided',
    'bad requests',
  ]
  return paddedTable(head, rows, [2, 3, 4, 5, 6, 7]).join('\n')
}

function missTable(results: Results, best: readonly JudgeName[]): string {
  const rows = familiesOf('block').map((family) => [
    family,
    ...best.map((judge) => fateText(results.scores(judge, { family }))),
  ])
  return paddedTable(
    ['family', ...best.map(({ peer }) => peer)],
    rows,
    best.map((_, nth) => nth + 1),
  ).join('\n')
}

function fateText({ missed, medianS }: Scores): string {
  return `${percent(missed)}, ${secondsText(medianS)}`
}

function blockTable(results: Results, best: readonly JudgeName[]): string {
  const rows = [...familiesOf('pass'), ...familiesOf('either')].map((family) => [
    family,
    ...best.map((judge) => percent(results.scores(judge, { family }).blocked, 1)),
  ])
  return paddedTable(
    ['family', ...best.map(({ peer }) => peer)],
    rows,
    best.map((_, nth) => nth + 1),
  ).join('\n')
}

function familiesOf(right: 'pass' | 'block' | 'either'): string[] {
  return FAMILIES.filter((family) => family.right === right).map(({ name }) => name)
}

function contestTable(name: string, contests: readonly (readonly [string, Contest])[]): string {
  const rows = contests.map(([of, { falseBlocks, missed, timeRatio, missedRatio }]) => [
    of,
    percent(falseBlocks, 2),
    percent(missed, 1),
    shownRatio(timeRatio),
    shownRatio(missedRatio),
  ])
  const head = [
    name,
    'false blocks',
    'missed',
    'time, of the best peer’s',
    'missed, of the best peer’s',
  ]
  return paddedTable(head, rows, [1, 2, 3, 4]).join('\n')
}

function knowableTable(results: Results, observed: readonly Observed[]): string {
  const rowOf = (name: string, ideal: number, { missed, peerMissed, missedRatio }: Contest) => [
    name,
    ...[ideal, missed, peerMissed].map((share) => percent(share, 1)),
    shownRatio(ratio(ideal, peerMissed)),
    shownRatio(missedRatio),
  ]
  const all = contestOf(results)
  const rows = [
    ...RATES.map((rate) => {
      const seen = observed.filter(({ key }) => key.rate === rate)
      return rowOf(`${rate}`, missedOfEach(seen, FALSE_BLOCKS_MAX), contestOf(results, { rate }))
    }),
    rowOf('all', missedOfEach(observed, FALSE_BLOCKS_MAX), all),
    rowOf('all together', missedOfAll(observed, FALSE_BLOCKS_MAX), all),
  ]
  const head = [
    'rate',
    'ideal observer',
    'portcullis',
    'best peer',
    'least ratio to the peer’s',
    'ours',
  ]
  return paddedTable(head, rows, [1, 2, 3, 4, 5]).join('\n')
}

/** Says of each family in which a peer within the limit is ahead. */
function whereBetter(results: Results, best: readonly JudgeName[]): string {
  const [ours, ...others] = best
  const peers = others.filter((judge) => falseBlocksOf(results, judge) <= FALSE_BLOCKS_MAX)
  const lines = familiesOf('block').flatMap((family) =>
    peers.flatMap((judge) => {
      const [own, other] = [ours!, judge].map((one) => results.scores(one, { family }))
      const ahead = [
        ...(other!.missed < own!.missed
          ? [`misses ${percent(other!.missed)} where we miss ${percent(own!.missed)}`]
          : []),
        ...(other!.medianS < own!.medianS
          ? [`takes ${secondsText(other!.medianS)} s where we ${ownTime(own!)}`]
          : []),
      ]
      return ahead.length === 0 ? [] : [`- **${family}**: ${judge.peer} ${ahead.join(', and ')}.`]
    }),
  )
  if (lines.length === 0) return 'No peer within 1 % of false blocks is ahead in any family.'
  return ['Where a peer within 1 % of false blocks is ahead:', '', ...lines].join('\n')
}

function ownTime({ medianS }: Scores): string {
  return Number.isFinite(medianS) ? `take ${secondsText(medianS)} s` : 'do not block half of them'
}

function percent(share: number, digits = 0): string {
  return `${(100 * share).toFixed(digits)} %`
}

function secondsText(seconds: number): string {
  return Number.isFinite(seconds) ? seconds.toLocaleString('en-US') : 'never'
}

function shownRatio(ratio: number): string {
  return ratio.toFixed(2)
}
