import { SECOND_MS } from '@portcullis/contracts'

/**
 * Returns how long a `Retry-After` asks to wait (RFC 9110, 10.2.3: seconds or a date) in milliseconds;
 * undefined where it asks for nothing that can be read.
 */
export function retryAfterMsOf(value: string | null, now: number): number | undefined {
  if (value === null) return undefined
  if (/^\d{1,9}$/u.test(value)) return Number(value) * SECOND_MS
  // `Date.parse` takes a bare number, and much else, for a year.
  if (!value.endsWith(' GMT')) return undefined
  const until = Date.parse(value)
  return Number.isNaN(until) ? undefined : Math.max(0, until - now)
}
