/** A `Retry-After` is spread over this much more, so that a fleet does not come back at once. */
const RETRY_AFTER_SPREAD = 0.25

/**
 * No longer than this is waited because a `Retry-After` says so: a proxy's typing error must not
 * silence a service for years, and what waits is dropped after 15 minutes (`bufferAgeMsMax`).
 */
const RETRY_AFTER_MS_MAX = 5 * 60 * 1_000

export interface Backoff {
  readonly retryBaseMs: number
  readonly retryMsMax: number
  /** Uniform in [0, 1). */
  readonly random: number
}

/**
 * Returns how many milliseconds to wait after `attempts` failed attempts (1 or more). With full
 * jitter: uniform in [0, base x 2^(attempts - 1)), up to a maximum (Brooker, "Exponential Backoff
 * And Jitter", AWS Architecture Blog, 2015). Where a `Retry-After` was given, that and a part more.
 */
export function waitMsOf(attempts: number, retryAfterMs: number, backoff: Backoff): number {
  if (retryAfterMs > 0) return Math.floor(retryAfterMs * (1 + RETRY_AFTER_SPREAD * backoff.random))
  const ceilingMs = Math.min(backoff.retryMsMax, backoff.retryBaseMs * 2 ** (attempts - 1))
  return Math.floor(backoff.random * ceilingMs)
}

/**
 * Returns what a `Retry-After` means (RFC 9110, 10.2.3: seconds or a date), 5 minutes at most; 0 for
 * anything else.
 */
export function retryAfterMsOf(value: string | null, now: number): number {
  if (value === null) return 0
  const waitMs = /^\d+$/u.test(value) ? Number(value) * 1_000 : Date.parse(value) - now
  return waitMs > 0 ? Math.min(waitMs, RETRY_AFTER_MS_MAX) : 0
}
