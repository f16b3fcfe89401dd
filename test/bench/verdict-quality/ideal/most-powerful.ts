/** Log-likelihood ratios of releases that were drawn as healthy, and of as many or more that were drawn as bad. */
export interface LogRatios {
  readonly healthy: Float64Array
  readonly bad: Float64Array
}

/**
 * Returns the share of bad releases that the most powerful test misses which blocks the share `level` of the healthy ones: it
 * blocks those with the greatest likelihood ratios, and of those just at its limit as many as the level has left (Neyman and
 * Pearson 1933, "On the Problem of the Most Efficient Tests of Statistical Hypotheses").
 */
export function missedAt({ healthy, bad }: LogRatios, level: number): number {
  const wanted = level * healthy.length
  const sorted = healthy.toSorted()
  const limit = sorted[Math.max(0, sorted.length - 1 - Math.floor(wanted))]!
  const [of, at] = [beyond(healthy, limit), beyond(bad, limit)]
  const share = (wanted - of.more) / of.same
  return 1 - (at.more + share * at.same) / bad.length
}

function beyond(ratios: Float64Array, limit: number): { more: number; same: number } {
  let [more, same] = [0, 0]
  for (const ratio of ratios) {
    if (ratio > limit) more += 1
    else if (ratio === limit) same += 1
  }
  return { more, same }
}
