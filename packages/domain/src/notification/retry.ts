import { type EpochMs, HOUR_MS, latest, MINUTE_MS, plusMs, SECOND_MS } from '@portcullis/contracts'

/** The wait before each attempt (Standard Webhooks 1.0, "Retries"): ten within 75 h 35 min. */
export const ATTEMPT_DELAYS_MS: readonly number[] = [
  0,
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
]

/** A receiver cannot put a delivery off for longer than the longest wait of the schedule. */
export const RETRY_AFTER_MS_MAX = 24 * HOUR_MS

/** The share of a wait that is added at most, so that what failed together does not come back together. */
const JITTER_SHARE = 0.1

/** What the time of the next attempt depends on. */
export interface FailedAttempt {
  /** Attempts made so far, this one included. */
  readonly attempts: number
  readonly now: EpochMs
  /** A random number from 0 to 1. */
  readonly jitter: number
  /** What the receiver asked for (`Retry-After`); null when it asked for nothing. */
  readonly retryAfterMs: number | null
}

/** Returns when to try again after an attempt that failed, or null when that was the last one. */
export function nextAttemptAt({
  attempts,
  now,
  jitter,
  retryAfterMs,
}: FailedAttempt): EpochMs | null {
  const delayMs = ATTEMPT_DELAYS_MS[attempts]
  if (delayMs === undefined) return null
  const scheduled = plusMs(now, Math.round(delayMs * (1 + JITTER_SHARE * jitter)))
  return latest(scheduled, plusMs(now, Math.min(retryAfterMs ?? 0, RETRY_AFTER_MS_MAX)))
}
