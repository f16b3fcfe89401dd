import type { ErrorSplit } from '../statistics/rate-ratio.ts'

/** Neighbouring bins differ by 2 %, as those of latencies do. */
const LN_GAMMA = Math.log1p(2 / 99)

/**
 * Returns the bin of the canary's share of the requests, by its odds: bin i holds gamma^(i-1) < canary / baseline <= gamma^i.
 * Buckets with about the same share need no row each. Both sides have requests.
 */
export function shareBinOf(canaryRequests: number, baselineRequests: number): number {
  return Math.ceil(Math.log(canaryRequests / baselineRequests) / LN_GAMMA)
}

/** Returns the bounds of the shares in a bin. */
export function sharesIn(bin: number): ErrorSplit['share'] {
  return { low: shareAt(bin - 1), high: shareAt(bin) }
}

function shareAt(bin: number): number {
  return 1 / (1 + Math.exp(-bin * LN_GAMMA))
}
