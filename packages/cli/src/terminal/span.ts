import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '@portcullis/contracts'

const UNITS = [
  ['d', DAY_MS],
  ['h', HOUR_MS],
  ['m', MINUTE_MS],
  ['s', SECOND_MS],
] as const

/** Returns a duration as people say it, in its two largest units: `2d 4h`, `3m 12s`, `0s`. */
export function spanText(durationMs: number): string {
  const seconds = Math.max(0, Math.trunc(durationMs / SECOND_MS))
  const first = UNITS.findIndex(([, unitMs]) => seconds * SECOND_MS >= unitMs)
  if (first === -1) return '0s'
  let rest = seconds * SECOND_MS
  const parts = UNITS.slice(first, first + 2).map(([name, unitMs]) => {
    const count = Math.trunc(rest / unitMs)
    rest -= count * unitMs
    return count === 0 ? '' : `${count}${name}`
  })
  return parts.filter((part) => part !== '').join(' ')
}

const SPAN = /^(\d{1,6})(s|m|h|d)$/u

/** Returns the milliseconds of a text like `90d`, `12h`, `30m` or `45s`; undefined where it is none. */
export function parseSpan(text: string): number | undefined {
  const [, count, unit] = SPAN.exec(text) ?? []
  const unitMs = UNITS.find(([name]) => name === unit)?.[1]
  return unitMs === undefined ? undefined : Number(count) * unitMs
}
