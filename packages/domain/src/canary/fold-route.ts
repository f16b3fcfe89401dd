import type { EpochMs } from '@portcullis/contracts'

import { shareBinOf } from './share-bin.ts'
import type { Sides } from './sides.ts'
import { learnLimits } from './slow-limits.ts'
import type { RouteComparison, ShareSplit } from './state.ts'
import { countsOf, sumOfCounts, sumOfTallies, type Tally, tallyOf } from './tally.ts'
import { addToVariation, boutsOf } from './variation.ts'

/** Which part of a release a bucket belongs to. */
export type Phase = 'before' | 'beside' | 'alone'

/** What a route did in a bucket, counted. */
export interface RouteBucket {
  readonly canary: Tally
  readonly baseline: Tally
}

/** Counts what a route did, by the limits that are known of it. */
export function countSides({ canary, baseline }: Sides, { slow }: RouteComparison): RouteBucket {
  return { canary: tallyOf(canary, slow.limits), baseline: tallyOf(baseline, slow.limits) }
}

/** Where a bucket belongs, and what was in it. */
interface BucketOf {
  readonly phase: Phase
  readonly start: EpochMs
  readonly cells: Sides
}

/** Adds a bucket to what is known of a route. */
export function foldRoute(
  route: RouteComparison,
  { canary, baseline }: RouteBucket,
  { phase, start, cells }: BucketOf,
): RouteComparison {
  const learned = {
    ...route,
    slow: cells.baseline === undefined ? route.slow : learnLimits(route.slow, cells.baseline),
    variation: addToVariation(route.variation, start, baseline),
  }
  switch (phase) {
    case 'before':
      return { ...learned, before: sumOfTallies(route.before, baseline) }
    case 'alone':
      return {
        ...learned,
        alone: sumOfTallies(route.alone, canary),
        aloneBouts: sumOfCounts(route.aloneBouts, boutsOf(canary, route.variation)),
      }
    case 'beside':
      return {
        ...learned,
        beside: {
          canary: sumOfTallies(route.beside.canary, canary),
          baseline: sumOfTallies(route.beside.baseline, baseline),
        },
        splits: addSplit(route, { canary, baseline }),
      }
  }
}

/** Adds how the bad requests of a bucket fell on both sides. Without either side there is nothing to compare. */
function addSplit(
  { splits, variation }: RouteComparison,
  { canary, baseline }: RouteBucket,
): readonly ShareSplit[] {
  // Every request has a status, so that errors are counted of all.
  const [ofCanary, ofBaseline] = [countsOf(canary, 0).requests, countsOf(baseline, 0).requests]
  const both = sumOfCounts(canary.bad, baseline.bad)
  if (ofCanary === 0 || ofBaseline === 0 || both.every((count) => count === 0)) return splits
  const bin = shareBinOf(ofCanary, ofBaseline)
  const bouts = boutsOf(canary, variation)
  const at = splits.findIndex((split) => split.bin >= bin)
  const index = at === -1 ? splits.length : at
  const found = splits[index]
  if (found?.bin !== bin)
    return splits.toSpliced(index, 0, { bin, canary: canary.bad, bouts, both })
  return splits.with(index, {
    bin,
    canary: sumOfCounts(found.canary, canary.bad),
    bouts: sumOfCounts(found.bouts, bouts),
    both: sumOfCounts(found.both, both),
  })
}
