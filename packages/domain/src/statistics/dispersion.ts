import type { ArmCounts } from './rate-ratio.ts'

/** The 10 % quantile of the standard normal distribution. */
const Z_10 = -1.2815515655446004

/** How far up an estimate is taken: to what the counts leave possible at 90 %, or to their middle. */
export type Caution = 'bound' | 'middle'

/** Sums over buckets, from which their dispersion is told. */
export interface Spread {
  readonly buckets: number
  readonly requests: number
  readonly errors: number
  /** Of the squares of the errors, each over the requests of its bucket. */
  readonly squares: number
}

export const NO_SPREAD: Spread = { buckets: 0, requests: 0, errors: 0, squares: 0 }

/** Adds a bucket; one without requests tells nothing. */
export function addToSpread(spread: Spread, { requests, errors }: ArmCounts): Spread {
  if (requests === 0) return spread
  return {
    buckets: spread.buckets + 1,
    requests: spread.requests + requests,
    errors: spread.errors + errors,
    squares: spread.squares + (errors * errors) / requests,
  }
}

/**
 * Returns how much more errors vary from bucket to bucket than independent ones would: Pearson's statistic against one
 * rate for all buckets, over its degrees of freedom, 1 at least (McCullagh and Nelder 1989, section 4.5). Traffic that
 * swings is no dispersion. The bound is for what must not be too small, because that calls chance a finding; of few buckets it
 * is wide. 1 where there is nothing to tell it by.
 */
export function dispersionOf(
  { buckets, requests, errors, squares }: Spread,
  caution: Caution = 'bound',
): number {
  if (buckets < 2 || errors === 0) return 1
  const pearson = (squares * requests) / errors - errors
  return Math.max(1, pearson / chiSquareAt(caution === 'bound' ? Z_10 : 0, buckets - 1))
}

/** A quantile of chi-square, by that of the normal distribution (Wilson and Hilferty 1931). */
function chiSquareAt(z: number, freedom: number): number {
  const variance = 2 / (9 * freedom)
  return freedom * Math.max(0, 1 - variance + z * Math.sqrt(variance)) ** 3
}
