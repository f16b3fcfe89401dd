import { binOf, type Cell, errorsOf, quantileUs } from '@portcullis/domain'

import { HISTORY_BUCKETS } from '../release/law.ts'
import type { Seen } from './seen.ts'

/** Returns a percentile of the half hour before the release, in microseconds. */
export function usualUs(seen: Seen, percentile: number): number {
  const before = seen.over('baseline', -HISTORY_BUCKETS, 0)
  // Half an hour of any rate that is simulated has requests.
  return quantileUs(before!, percentile / 100)!
}

export function errorPct(cell: Cell): number {
  return (100 * errorsOf(cell)) / cell.count
}

/** Returns how many requests took longer than those of a limit's bin. */
export function slowerThan({ bins, binCounts }: Cell, limitUs: number): number {
  const limit = binOf(limitUs)
  return bins.reduce((sum, bin, index) => (bin > limit ? sum + binCounts[index]! : sum), 0)
}
