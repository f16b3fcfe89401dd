import { MINUTE_MS, SECOND_MS } from '@portcullis/contracts'

import type { AttemptAnswer } from './decide-delivery.ts'

/** Answers of a receiver, or of what stands before it, that has too much to do. */
const OVERLOADED: readonly number[] = [429, 502, 504]

/** How long a channel pauses whose receiver asks for no time of its own. */
export const PAUSE_MS = 5 * SECOND_MS

/** A receiver cannot hold its channel up for longer; single deliveries wait as long as it asks. */
export const PAUSE_MS_MAX = MINUTE_MS

/**
 * Returns for how long nothing more is to be sent on a channel after an attempt that ended so
 * (Standard Webhooks 1.0, "Throttling"): 0 where the receiver does not ask to be spared.
 */
export function channelPauseMs(answer: AttemptAnswer): number {
  if (answer.kind === 'timed out') return PAUSE_MS
  if (answer.kind !== 'answered' || !OVERLOADED.includes(answer.status)) return 0
  return Math.min(answer.retryAfterMs ?? PAUSE_MS, PAUSE_MS_MAX)
}
