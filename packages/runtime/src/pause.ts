import type { EpochMs } from '@portcullis/contracts'
import { Cron } from 'croner'

/** Tells whether escalation pauses at an instant. */
export type IsPaused = (now: EpochMs) => boolean

/**
 * Returns what `ESC_PAUSE_CRON` says: minutes that the expression names, in UTC, are paused; none are
 * where it is not set. Throws a sentence when it is no expression that anything could match.
 */
export function pauseOf(expression: string | undefined): IsPaused {
  if (expression === undefined) return () => false
  // Six fields: seconds are any, so that every instant of a named minute matches.
  const cron = new Cron(`* ${expression}`, { paused: true, timezone: 'UTC' })
  return (now) => cron.match(new Date(now))
}
