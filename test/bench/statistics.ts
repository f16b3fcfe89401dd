/** Returns the middle of the numbers; of an even count the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  if (numbers.length === 0) throw new Error('There is no median of nothing.')
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  if (Number.isInteger(middle)) return (sorted[middle - 1]! + sorted[middle]!) / 2
  return sorted[Math.floor(middle)]!
}

/** Returns the smallest number that at least `percent` of them do not exceed (nearest rank). */
export function percentile(numbers: readonly number[], percent: number): number {
  if (numbers.length === 0) throw new Error('There is no percentile of nothing.')
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]!
}

/** Returns the median of each figure over the rounds. Every round has the same keys. */
export function medianOfEach<Key extends string>(
  rounds: readonly Readonly<Record<Key, number>>[],
): Record<Key, number> {
  const keys = Object.keys(rounds[0] ?? {}) as Key[]
  return Object.fromEntries(
    keys.map((key) => [key, median(rounds.map((round) => round[key]))]),
  ) as Record<Key, number>
}

/** Rounds to three significant digits, and keeps whole numbers whole: what a reader can use. */
export function rounded(figure: number): number {
  return Math.abs(figure) >= 100 ? Math.round(figure) : Number(figure.toPrecision(3))
}
