import type { Outcome, RouteName } from '@portcullis/contracts'
import { type Cell, errorsOf, mergeCells, quantileUs } from '@portcullis/domain'

import { HISTORY_BUCKETS } from '../release/law.ts'
import { slowerThan } from './arms.ts'
import { excessChance } from './excess-chance.ts'
import type { Judge } from './judge.ts'
import type { Seen, SeenBucket, Side } from './seen.ts'

/** A test of two proportions at every look, each at a level that takes no notice of the looks before. */
interface PeekedTest {
  readonly alpha: number
  /** How many times as many bad requests there must be as well: what is significant may be too little to matter. */
  readonly ratioMin: number
  /** Every route for itself, at alpha over their number; else the service as one. */
  readonly byRoute: boolean
}

const TESTS: readonly PeekedTest[] = [
  ...[0.05, 1e-3, 1e-6, 1e-12, 1e-20].map((alpha) => ({ alpha, ratioMin: 1, byRoute: false })),
  ...[1e-7, 1e-9, 1e-12, 1e-16].map((alpha) => ({ alpha, ratioMin: 1.5, byRoute: false })),
  ...[1e-9, 1e-16].map((alpha) => ({ alpha, ratioMin: 2, byRoute: false })),
  ...[1e-12, 1e-20].map((alpha) => ({ alpha, ratioMin: 1.5, byRoute: true })),
]

/** The test that anybody would write: more errors, or more requests beyond the usual p95 or p99, than the other side has. */
export function peekedTest(): Judge[] {
  return TESTS.map((test) => ({
    peer: 'peeked test',
    setting: settingOf(test),
    begin: () => beginTest(test),
  }))
}

function settingOf({ alpha, ratioMin, byRoute }: PeekedTest): string {
  const parts = [`alpha ${alpha}`]
  if (ratioMin > 1) parts.push(`from ${ratioMin} times on`)
  if (byRoute) parts.push('every route')
  return parts.join(', ')
}

/** Requests of one side, and how many were bad in each way. */
interface Counts {
  requests: number
  readonly bad: number[]
}

interface Arms {
  /** Latencies from which on a request is slow. */
  readonly limitsUs: readonly number[]
  readonly canary: Counts
  readonly beside: Counts
  readonly before: Counts
}

const QUANTILES = [0.95, 0.99]

function beginTest({ alpha, ratioMin, byRoute }: PeekedTest): (seen: Seen) => Outcome {
  let arms: ReadonlyMap<string, Arms> | null = null
  let isFailed = false
  return ({ buckets }) => {
    arms ??= armsOf(buckets.slice(0, HISTORY_BUCKETS), byRoute)
    const { canary, baseline } = buckets.at(-1)!
    for (const [name, one] of arms) {
      addCounts(one.canary, cellOf(canary, name), one.limitsUs)
      addCounts(one.beside, cellOf(baseline, name), one.limitsUs)
    }
    const level = alpha / (arms.size * (1 + QUANTILES.length))
    isFailed ||= [...arms.values()].some((one) => isWorse(one, { level, ratioMin }))
    return isFailed ? 'fail' : 'pass'
  }
}

const ALL = ''

function cellOf(side: Side, name: string): Cell | undefined {
  return name === ALL ? side.all : side.byRoute.get(name as RouteName)
}

function armsOf(before: readonly SeenBucket[], byRoute: boolean): ReadonlyMap<string, Arms> {
  const routes = new Set(before.flatMap(({ baseline }) => [...baseline.byRoute.keys()]))
  const names: readonly string[] = byRoute ? [...routes] : [ALL]
  return new Map(
    names.map((name) => {
      const cell = mergeCells(before.map(({ baseline }) => cellOf(baseline, name)))
      const limitsUs = QUANTILES.map((quantile) => quantileUs(cell, quantile)!)
      const arms = { limitsUs, canary: noCounts(), beside: noCounts(), before: noCounts() }
      addCounts(arms.before, cell, limitsUs)
      return [name, arms] as const
    }),
  )
}

function noCounts(): Counts {
  return { requests: 0, bad: [0, ...QUANTILES.map(() => 0)] }
}

function addCounts(counts: Counts, cell: Cell | undefined, limitsUs: readonly number[]): void {
  if (cell === undefined) return
  counts.requests += cell.count
  for (const [index, bad] of [
    errorsOf(cell),
    ...limitsUs.map((us) => slowerThan(cell, us)),
  ].entries()) {
    counts.bad[index]! += bad
  }
}

/** With what runs beside it, or with what was before where nothing does. */
function isWorse(
  { canary, beside, before }: Arms,
  { level, ratioMin }: { readonly level: number; readonly ratioMin: number },
): boolean {
  const baseline = beside.requests > 0 ? beside : before
  if (canary.requests === 0) return false
  return canary.bad.some((bad, index) => {
    const other = { requests: baseline.requests, bad: baseline.bad[index]! }
    const isMore = bad / canary.requests >= (ratioMin * other.bad) / other.requests
    return (
      isMore &&
      excessChance({ canary: { requests: canary.requests, bad }, baseline: other }) < level
    )
  })
}
