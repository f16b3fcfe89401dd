/** How often a conclusion from chance alone is accepted, unless somebody says otherwise: 1 in 20. */
export const ALPHA = 0.05

/**
 * Returns how many requests without a single bad one show that the share of bad ones is at most `share`: the least
 * n with (1 - share)^n <= alpha. It is the exact binomial bound for zero events ("rule of three"; Hanley
 * and Lippman-Hand 1983). `share` lies between 0 and 1, both left out.
 */
export function samplesToShowShare(share: number, alpha = ALPHA): number {
  return leastPower(1 - share, alpha)
}

/**
 * Returns how many requests a quantile needs before any of them is an upper bound of it that holds for every
 * distribution: the least n with q^n <= alpha (order statistics; David and Nagaraja 2003, section 7.1).
 * `quantile` lies between 0 and 1, both left out.
 */
export function samplesToBoundQuantile(quantile: number, alpha = ALPHA): number {
  return leastPower(quantile, alpha)
}

/** The least whole n with base^n <= alpha. */
function leastPower(base: number, alpha: number): number {
  const n = Math.ceil(Math.log(alpha) / Math.log(base))
  // The logarithms are rounded: where n - 1 or n is on the edge, the powers decide.
  if (base ** (n - 1) <= alpha) return n - 1
  return base ** n <= alpha ? n : n + 1
}
