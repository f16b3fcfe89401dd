/** Bounds of a share, 0 to 1. */
export interface ShareBounds {
  readonly low: number
  readonly high: number
}

/** The 97.5 % quantile of the standard normal distribution: an interval of 95 % leaves 2.5 % on each side. */
export const Z_95 = 1.959963984540054

/**
 * Returns the Wilson score interval of a share of which `hits` of `total` were seen (Wilson 1927; Brown, Cai
 * and DasGupta 2001 recommend it for few samples). `total` is 1 at least.
 */
export function wilsonInterval(hits: number, total: number, z = Z_95): ShareBounds {
  const share = hits / total
  const z2 = z * z
  const center = share + z2 / (2 * total)
  const spread = z * Math.sqrt((share * (1 - share)) / total + z2 / (4 * total * total))
  const scale = 1 + z2 / total
  // Rounding would leave a speck beside what is 0 or 1 exactly.
  return {
    low: hits === 0 ? 0 : Math.max(0, (center - spread) / scale),
    high: hits === total ? 1 : Math.min(1, (center + spread) / scale),
  }
}
