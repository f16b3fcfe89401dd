// Latency bins as in DDSketch (Masson, Rim, Lee: "DDSketch", VLDB 2019, section 2), with a relative
// accuracy of 1 %: gamma = (1 + a) / (1 - a) = 101 / 99. Bin i holds gamma^(i-1) < us <= gamma^i.
const GAMMA = 101 / 99
// `log(101 / 99)` is 4 ulps less, and puts one latency of nine hours into the wrong bin.
const LN_GAMMA = Math.log1p(2 / 99)

/** Longest latency that is believed, in microseconds: one day. */
export const LATENCY_US_MAX = 24 * 60 * 60 * 1_000_000

/** The highest bin that a stored cell may name; the longest latency falls into bin 1,260. */
export const BIN_MAX = 2_047

/** Returns whole microseconds, 1 at least and a day at most; `durationMs` must not be NaN. */
export function latencyUsOf(durationMs: number): number {
  const us = Math.round(durationMs * 1_000)
  return us < 1 ? 1 : us > LATENCY_US_MAX ? LATENCY_US_MAX : us
}

/**
 * Returns the bin of a latency in whole microseconds, 1 to `LATENCY_US_MAX`: `ceil(ln us / ln gamma)`.
 * The floating-point formula is exact for all of them; a test compares it with rational arithmetic.
 */
export function binOf(latencyUs: number): number {
  return Math.ceil(Math.log(latencyUs) / LN_GAMMA)
}

/**
 * Returns the microseconds that stand for a bin, `2 gamma^bin / (gamma + 1)`, rounded. The estimate
 * is within 1 % of every latency in the bin, apart from that rounding to a whole microsecond.
 */
export function valueOf(bin: number): number {
  return Math.round((2 * GAMMA ** bin) / (GAMMA + 1))
}
