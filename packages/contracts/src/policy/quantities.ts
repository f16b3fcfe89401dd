import { z } from 'zod'

import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../time.ts'

const UNITS_MS = {
  ms: 1,
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
} as const

/** Text of a form; anything else, a bare number for example, is told what the form is. */
function formOf(pattern: RegExp, said: string) {
  return z
    .string({ error: ({ input }) => (input === undefined ? undefined : said) })
    .regex(pattern, said)
}

/** Returns what a percentage is as a share. Moved in decimal: what 99.9 / 100 gives is not 0.999. */
function shareOf(percentage: string): number {
  return Number(`${percentage.slice(0, -1)}e-2`)
}

/** A length of time as people write it, `90s` or `5m`; becomes milliseconds. */
export const Duration = formOf(
  /^[1-9]\d{0,5}(ms|s|m|h|d|w)$/u,
  'must be a whole number with its unit: ms, s, m, h, d or w',
).transform((text) => {
  const count = Number.parseInt(text, 10)
  return count * UNITS_MS[text.slice(String(count).length) as keyof typeof UNITS_MS]
})

/** A `Duration` between two lengths, both of them allowed; `said` names them in the message. */
export function durationFrom(minMs: number, maxMs: number, said: string) {
  return Duration.refine((ms) => ms >= minMs && ms <= maxMs, `must be from ${said}`)
}

/** A share as people write it, `99.9%`; becomes a number from 0 to 1. */
export const Percent = formOf(
  /^\d{1,3}(\.\d{1,6})?%$/u,
  'must be a number with a percent sign, like 99.9%',
)
  .transform(shareOf)
  .refine((share) => share <= 1, 'must be at most 100%')

/** A share that is neither nothing nor all. */
export const ProperShare = Percent.refine(
  (share) => share > 0 && share < 1,
  'must be above 0% and below 100%',
)

/** How much something may grow, `50%` or `200%`; becomes 0.5 or 2. */
export const Increase = formOf(
  /^\d{1,4}(\.\d{1,6})?%$/u,
  'must be a number with a percent sign, like 50%',
).transform(shareOf)
