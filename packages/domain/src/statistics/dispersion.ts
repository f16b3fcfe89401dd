/** The 10 % quantile of the standard normal distribution. */
const Z_10 = -1.2815515655446004

/**
 * Returns how much more counts vary from bucket to bucket than independent events would: their variance over their
 * mean, 1 at least. The estimate is taken up to what the counts leave possible at 90 %, because a
 * dispersion that is too small calls chance a finding; of few buckets the bound is wide. 1 where there is nothing
 * to tell it by.
 */
export function dispersionOf(counts: readonly number[]): number {
  if (counts.length < 2) return 1
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
  if (mean === 0) return 1
  const squares = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0)
  const freedom = counts.length - 1
  return Math.max(1, squares / mean / chiSquareAt10(freedom))
}

/** The 10 % quantile of chi-square (Wilson and Hilferty 1931). */
function chiSquareAt10(freedom: number): number {
  const variance = 2 / (9 * freedom)
  return freedom * Math.max(0, 1 - variance + Z_10 * Math.sqrt(variance)) ** 3
}
