import { binOf, type OpenCell, valueOf } from '@portcullis/domain'

import type { Random } from '../../../chaos/random.ts'
import { binomial, normal } from './draws.ts'

/** Latencies that are lognormal. */
export interface LatencyLaw {
  readonly medianUs: number
  /** Of the logarithm. */
  readonly sigma: number
}

/** So many latencies are drawn one by one; of more, how many fall into each bin. */
const SINGLES_MAX = 150

/** Only every second bin is filled, each with what both hold: 4 % apart, latencies are as good, and are drawn in half the time. */
const BIN_STEP = 2

/** Beyond so many sigmas nothing is drawn: 3 of 100,000. */
const SIGMAS = 4

/** Adds the latencies of `n` requests to a cell; their statuses are added by whoever knows them. */
export function drawLatencies(
  random: Random,
  { cell, n }: { readonly cell: OpenCell; readonly n: number },
  law: LatencyLaw,
): void {
  if (n <= SINGLES_MAX) {
    for (let nth = 0; nth < n; nth += 1) {
      const us = Math.round(law.medianUs * Math.exp(law.sigma * normal(random)))
      addAt(cell, BIN_STEP * Math.round(binOf(Math.max(1, us)) / BIN_STEP), 1)
    }
    return
  }
  const first =
    BIN_STEP * Math.round(binOf(law.medianUs * Math.exp(-SIGMAS * law.sigma)) / BIN_STEP)
  let left = n
  let below = 0
  for (let bin = first; left > 0; bin += BIN_STEP) {
    const until = shareBelow((valueOf(bin) + valueOf(bin + BIN_STEP)) / 2, law)
    const isLast = until > 1 - 1e-5
    const count = isLast ? left : binomial(random, left, (until - below) / (1 - below))
    if (count > 0) addAt(cell, bin, count)
    left -= count
    below = until
  }
}

/** Returns the share of latencies that are shorter. */
function shareBelow(us: number, { medianUs, sigma }: LatencyLaw): number {
  return normalCdf(Math.log(us / medianUs) / sigma)
}

/** Abramowitz and Stegun 26.2.17: exact to 1e-7. */
function normalCdf(z: number): number {
  const k = 1 / (1 + 0.2316419 * Math.abs(z))
  const series =
    k * (0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))))
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series
  return z > 0 ? 1 - tail : tail
}

/** Bins are filled from the shortest on, unless requests are drawn one by one. */
function addAt(cell: OpenCell, bin: number, count: number): void {
  const us = valueOf(bin)
  cell.count += count
  cell.sumUs += count * us
  cell.minUs = Math.min(cell.minUs, us)
  cell.maxUs = Math.max(cell.maxUs, us)
  let at = cell.bins.length
  while (at > 0 && cell.bins[at - 1]! > bin) at -= 1
  if (at > 0 && cell.bins[at - 1] === bin) {
    cell.binCounts[at - 1]! += count
    return
  }
  cell.bins.splice(at, 0, bin)
  cell.binCounts.splice(at, 0, count)
}
