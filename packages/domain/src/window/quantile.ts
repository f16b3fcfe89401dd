import type { Cell } from './cell.ts'
import { valueOf } from './latency.ts'

/**
 * Returns the q-quantile of a cell's latencies, in whole microseconds; null of an empty cell.
 *
 * The rank is that of DDSketch, the lower quantile: of n latencies in ascending order, the one with
 * index `floor(q (n - 1))`, counted from 0. So p95 of 5 requests is the fourth: one slow request
 * among a handful does not decide it. The answer is the value of the bin in which that latency lies,
 * kept within the shortest and the longest latency seen, and thus within 1 % of the true one.
 */
export function quantileUs(cell: Cell, q: number): number | null {
  if (cell.count === 0) return null
  const estimate = valueOf(binAtRank(cell, q * (cell.count - 1)))
  return Math.min(Math.max(estimate, cell.minUs), cell.maxUs)
}

function binAtRank({ bins, binCounts }: Cell, rank: number): number {
  let index = 0
  let seen = binCounts[0]!
  while (seen <= rank && index < bins.length - 1) {
    index += 1
    seen += binCounts[index]!
  }
  return bins[index]!
}
