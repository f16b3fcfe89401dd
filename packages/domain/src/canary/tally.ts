import { CANARY_PERCENTILES, type CanaryPercentile } from '@portcullis/contracts'

import type { ArmCounts } from '../statistics/rate-ratio.ts'
import { type Cell, errorsOf, plus } from '../window/cell.ts'

/** How many things are counted of a route: errors, and what is slow by each percentile. */
export const MEASURES = 1 + CANARY_PERCENTILES.length

/** The measure of a rule: 0 for errors, and then one for each of `CANARY_PERCENTILES`. */
export function measureOf(of: 'errors' | CanaryPercentile): number {
  return of === 'errors' ? 0 : 1 + CANARY_PERCENTILES.indexOf(of)
}

/**
 * Requests, and bad ones, of each measure. What is slow counts from the moment on at which it is known what slow is, so
 * that measures have requests of their own.
 */
export interface Tally {
  readonly requests: readonly number[]
  readonly bad: readonly number[]
}

const ZEROS: readonly number[] = Array.from({ length: MEASURES }, () => 0)

export const NO_TALLY: Tally = { requests: ZEROS, bad: ZEROS }

/** Returns what a cell counts. Requests in bins above a limit are slow; null where that limit is not known yet. */
export function tallyOf(cell: Cell | undefined, limits: readonly (number | null)[]): Tally {
  if (cell === undefined) return NO_TALLY
  return {
    requests: [cell.count, ...limits.map((limit) => (limit === null ? 0 : cell.count))],
    bad: [errorsOf(cell), ...limits.map((limit) => (limit === null ? 0 : countAbove(cell, limit)))],
  }
}

export function sumOfTallies(a: Tally, b: Tally): Tally {
  return { requests: sumOfCounts(a.requests, b.requests), bad: sumOfCounts(a.bad, b.bad) }
}

/** Returns the sums of two lists of counts, each of one measure. */
export function sumOfCounts(a: readonly number[], b: readonly number[]): number[] {
  return a.map((one, index) => plus(one, b[index]!))
}

/** Returns what a tally says of one measure. */
export function countsOf({ requests, bad }: Tally, measure: number): ArmCounts {
  return { requests: requests[measure]!, errors: bad[measure]! }
}

/** Returns how many requests lie in bins above one. */
function countAbove({ bins, binCounts }: Cell, bin: number): number {
  let above = 0
  for (let index = bins.length - 1; index >= 0 && bins[index]! > bin; index -= 1) {
    above = plus(above, binCounts[index]!)
  }
  return above
}
