import { BUCKET_MS, type EpochMs, plusMs } from '@portcullis/contracts'

import type { BucketCells } from '../window/cell-table.ts'
import { plus } from '../window/cell.ts'
import { countSides, foldRoute, type Phase } from './fold-route.ts'
import { requestsOf, sidesOf } from './sides.ts'
import { type CanaryState, type RouteComparison, startRoute } from './state.ts'
import { NO_TALLY, sumOfTallies } from './tally.ts'
import { addToVariation } from './variation.ts'

/**
 * Adds a bucket, which is whole: each is folded once, the oldest first. A bucket that is older than one that was folded is
 * late: its requests are counted as such, and compared with nothing. Buckets without requests may
 * be left out. Returns a new state; the old one stays as it is, so that a reader may fold on from it what is not yet kept.
 */
export function foldCanary(state: CanaryState, start: EpochMs, bucket: BucketCells): CanaryState {
  const sides = sidesOf(bucket, state.version)
  if (state.until !== null && start < state.until) {
    const late = requestsOf(sides, ['canary', 'baseline'])
    return { ...state, lateRequests: plus(state.lateRequests, late) }
  }
  const phase = phaseOf(start < state.since, requestsOf(sides, ['baseline']))
  const routes = new Map(state.routes.map((one) => [one.route, one]))
  let baseline = NO_TALLY
  for (const [name, both] of sides) {
    // What of a new version comes before its release is neither what it will do nor what was there before it.
    const cells = phase === 'before' ? { ...both, canary: undefined } : both
    if (cells.canary === undefined && cells.baseline === undefined) continue
    const route = routes.get(name) ?? startRoute(name)
    const counted = countSides(cells, route)
    routes.set(name, foldRoute(route, counted, { phase, start, cells }))
    baseline = sumOfTallies(baseline, counted.baseline)
  }
  const canaryRequests = phase === 'before' ? 0 : requestsOf(sides, ['canary'])
  return {
    ...state,
    until: plusMs(start, BUCKET_MS),
    canaryRequests: plus(state.canaryRequests, canaryRequests),
    canarySeen: canaryRequests > 0 ? start : state.canarySeen,
    variation: addToVariation(state.variation, start, baseline),
    routes: [...routes.values()].toSorted(byName),
  }
}

function phaseOf(isBefore: boolean, baselineRequests: number): Phase {
  if (isBefore) return 'before'
  return baselineRequests > 0 ? 'beside' : 'alone'
}

/** By code units: the order must be the same wherever it is folded. */
function byName(a: RouteComparison, b: RouteComparison): number {
  return a.route < b.route ? -1 : 1
}
