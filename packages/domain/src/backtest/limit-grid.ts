/** The first two digits of limits: steps of at most a tenth, as people would choose them. */
const DIGITS = [...from(10, 29, 1), ...from(30, 95, 5)]

/** Limits of a share of errors that are tried, as policies write them, the smallest first: 0.01% to 50%. */
export const ERROR_RATE_LIMITS: readonly string[] = [
  ...[1_000, 100, 10].flatMap((divisor) => DIGITS.map((digits) => `${digits / divisor}%`)),
  ...DIGITS.filter((digits) => digits <= 50).map((digits) => `${digits}%`),
]

/** Limits of a latency that are tried, as policies write them, the smallest first: 1ms to 60s. */
export const LATENCY_LIMITS: readonly string[] = [
  ...from(1, 9, 1),
  ...[1, 10, 100, 1_000].flatMap((factor) => DIGITS.map((digits) => digits * factor)),
]
  .filter((ms) => ms <= 60_000)
  .map((ms) => (ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`))

function from(first: number, last: number, step: number): number[] {
  return Array.from(
    { length: Math.floor((last - first) / step) + 1 },
    (_, nth) => first + nth * step,
  )
}
