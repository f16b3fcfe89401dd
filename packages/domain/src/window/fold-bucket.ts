import type { ObservedBucket } from '@portcullis/contracts'

import { isPossible } from './cell-codec.ts'
import { addCount, type Cell, emptyCell, plus } from './cell.ts'

/** Why a bucket that the sender folded is refused. */
export type BucketRejection = 'statuses_and_bins_differ' | 'latency_contradicts_bins'

/**
 * Returns the cell of a bucket that the sender folded, which is the one that its observations would
 * have made here. Bins may come in any order, and more than once.
 *
 * It is refused when its bins count other requests than its statuses, or none; or when its shortest
 * latency is not in its lowest bin, its longest not in its highest, or its sum could not be theirs.
 */
export function foldBucket({
  statuses,
  latency,
}: Pick<ObservedBucket, 'statuses' | 'latency'>):
  | { readonly cell: Cell }
  | { readonly rejected: BucketRejection } {
  const cell = emptyCell()
  for (const [status, count] of Object.entries(statuses)) {
    addCount(cell.statuses, cell.statusCounts, Number(status), count)
    cell.count = plus(cell.count, count)
  }
  let inBins = 0
  for (const [bin, count] of latency.bins) {
    addCount(cell.bins, cell.binCounts, bin, count)
    inBins = plus(inBins, count)
  }
  if (inBins !== cell.count || inBins === 0) return { rejected: 'statuses_and_bins_differ' }
  cell.sumUs = latency.sum_us
  cell.minUs = latency.min_us
  cell.maxUs = latency.max_us
  return isPossible(cell) ? { cell } : { rejected: 'latency_contradicts_bins' }
}
