/** An interval for by how much one sample lies above another, and the estimate in it. */
export interface ShiftInterval {
  readonly low: number
  readonly high: number
  readonly estimate: number
}

/**
 * Returns the Mann-Whitney interval of the shift of `x` over `y`, as Kayenta's judge computes it
 * (MannWhitney.scala at a69573b, which follows R's wilcox.test): the shifts at which the statistic of
 * `x` less the shift against `y` is `z` and -`z`, and the one at which it is 0. The statistic has jumps, so
 * that the roots are places of a jump, found to within an absolute 0.0001.
 */
export function mannWhitney(x: readonly number[], y: readonly number[], z: number): ShiftInterval {
  const from = Math.min(...x) - Math.max(...y)
  const to = Math.max(...x) - Math.min(...y)
  const rootAt = (target: number, corrected: boolean): number =>
    root((shift) => statistic(x, y, { shift, corrected }) - target, from, to)
  return { low: rootAt(z, true), high: rootAt(-z, true), estimate: rootAt(0, false) }
}

/** The standardised rank sum of `x` less the shift; `corrected` for continuity. */
function statistic(
  x: readonly number[],
  y: readonly number[],
  { shift, corrected }: { readonly shift: number; readonly corrected: boolean },
): number {
  const [n, m] = [x.length, y.length]
  const shifted = x.map((value) => value - shift)
  const { ranks, ties } = ranksOf([...shifted, ...y])
  const sum = ranks.slice(0, n).reduce((total, rank) => total + rank, 0)
  const difference = sum - (n * (n + 1)) / 2 - (n * m) / 2
  const size = n + m
  const variance = ((n * m) / 12) * (size + 1 - ties / (size * (size - 1)))
  const correction = corrected ? Math.sign(difference) / 2 : 0
  return (difference - correction) / Math.sqrt(variance)
}

/** Ranks from 1, the mean of their places for equal values; and the sum of t^3 - t over groups of t equal ones. */
function ranksOf(values: readonly number[]): { ranks: number[]; ties: number } {
  const order = values
    .map((value, index) => ({ value, index }))
    .toSorted((a, b) => a.value - b.value)
  const ranks = new Array<number>(values.length)
  let ties = 0
  for (let begin = 0; begin < order.length;) {
    let end = begin + 1
    while (end < order.length && order[end]!.value === order[begin]!.value) end += 1
    for (let at = begin; at < end; at += 1) ranks[order[at]!.index] = (begin + 1 + end) / 2
    const count = end - begin
    ties += count ** 3 - count
    begin = end
  }
  return { ranks, ties }
}

const TOLERANCE = 1e-4

/** Where a function that falls crosses 0; the nearer end where it does not. By bisection, which jumps do not mislead. */
function root(of: (at: number) => number, from: number, to: number): number {
  if (of(from) <= 0) return from
  if (of(to) >= 0) return to
  let [low, high] = [from, to]
  while (high - low > TOLERANCE) {
    const middle = (low + high) / 2
    if (of(middle) > 0) low = middle
    else high = middle
  }
  return (low + high) / 2
}
