// Latency bins as in DDSketch (Masson, Rim, Lee: "DDSketch", VLDB 2019, section 2), with a relative
// accuracy of 1 %: gamma = (1 + a) / (1 - a) = 101 / 99. It is the formula of packages/domain to the
// letter, because the gateway adds bins that were made here to bins that it made itself.
const LN_GAMMA = Math.log1p(2 / 99)

/** Longest latency that is believed, in microseconds: one day, as the gateway. */
const LATENCY_US_MAX = 24 * 60 * 60 * 1_000_000

/** Returns whole microseconds, 1 at least and a day at most; `durationMs` must not be NaN. */
export function latencyUsOf(durationMs: number): number {
  const us = Math.round(durationMs * 1_000)
  return us < 1 ? 1 : us > LATENCY_US_MAX ? LATENCY_US_MAX : us
}

/** Returns the bin of a latency in whole microseconds (1 or more): 0 for 1 µs, 1,260 for a day. */
export function latencyBinOf(latencyUs: number): number {
  return Math.ceil(Math.log(latencyUs) / LN_GAMMA)
}
