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
  const [first, second] = [x, y].map((values) => values.toSorted((one, other) => one - other))
  const from = first![0]! - second!.at(-1)!
  const to = first!.at(-1)! - second![0]!
  const rootAt = (target: number, corrected: boolean): number =>
    root((shift) => statistic(first!, second!, { shift, corrected }) - target, from, to)
  return { low: rootAt(z, true), high: rootAt(-z, true), estimate: rootAt(0, false) }
}

/** The standardised rank sum of `x` less the shift; `corrected` for continuity. Both ascend. */
function statistic(
  x: readonly number[],
  y: readonly number[],
  { shift, corrected }: { readonly shift: number; readonly corrected: boolean },
): number {
  const [n, m] = [x.length, y.length]
  const { sum, ties } = rankSumOf(x, y, shift)
  const difference = sum - (n * (n + 1)) / 2 - (n * m) / 2
  const size = n + m
  const variance = ((n * m) / 12) * (size + 1 - ties / (size * (size - 1)))
  const correction = corrected ? Math.sign(difference) / 2 : 0
  return (difference - correction) / Math.sqrt(variance)
}

/**
 * The sum of the ranks of `x` less the shift among both, from 1, the mean of their places for equal values; and the sum of
 * t^3 - t over groups of t equal ones. Both lists are walked once, group by group.
 */
function rankSumOf(
  x: readonly number[],
  y: readonly number[],
  shift: number,
): { sum: number; ties: number } {
  let [sum, ties] = [0, 0]
  let [ofX, ofY] = [0, 0]
  while (ofX < x.length || ofY < y.length) {
    const begin = ofX + ofY
    const firstX = ofX
    const value = Math.min(
      ofX < x.length ? x[ofX]! - shift : Infinity,
      ofY < y.length ? y[ofY]! : Infinity,
    )
    while (ofX < x.length && x[ofX]! - shift === value) ofX += 1
    while (ofY < y.length && y[ofY] === value) ofY += 1
    const count = ofX + ofY - begin
    sum += ((ofX - firstX) * (begin + 1 + begin + count)) / 2
    ties += count ** 3 - count
  }
  return { sum, ties }
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
