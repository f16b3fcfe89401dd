import { SECOND_MS } from '@portcullis/contracts'

import type { Answered, Reply, Unanswered } from './ask-verdict.ts'

/** Between two questions there is at least so much, and after a verdict at most so much. */
export const PAUSE_MS_MIN = SECOND_MS
const PAUSE_MS_MAX = 15 * SECOND_MS
/** After a verdict that says nothing of when to ask again: a bucket of traffic is as long. */
const PAUSE_MS = 10 * SECOND_MS
/** Of the first question that brought no verdict; doubled with each further one. */
const RETRY_BASE_MS = 2 * SECOND_MS
/** A `Retry-After` is spread over this much more, so that all who wait do not come back at once. */
const RETRY_AFTER_SPREAD = 0.25

interface Circumstances {
  /** Questions in a row that brought no verdict, this one included. */
  readonly silences: number
  /** A random number from 0 to 1. */
  readonly share: number
}

/** Returns how many milliseconds to wait after a reply until asking again. */
export function pauseMsAfter(reply: Reply, circumstances: Circumstances): number {
  return reply.kind === 'verdict' ? afterVerdict(reply) : afterSilence(reply, circumstances)
}

/** Whichever comes first: when the gateway wants to be asked again, or when it could open. */
function afterVerdict({ verdict, retryAfterMs = PAUSE_MS }: Answered): number {
  const { opens_at, as_of } = verdict
  // By the gateway's time on both sides: this machine's clock may be wrong.
  const opensInMs = opens_at === null ? NaN : Date.parse(opens_at) - Date.parse(as_of)
  const wantedMs = opensInMs > 0 ? Math.min(retryAfterMs, opensInMs) : retryAfterMs
  return Math.max(PAUSE_MS_MIN, Math.min(wantedMs, PAUSE_MS_MAX))
}

/**
 * A ceiling that doubles, and a random part of its upper half ("equal jitter": Brooker, "Exponential
 * Backoff And Jitter", AWS Architecture Blog, 2015), so that it is never less than a second.
 */
function afterSilence({ retryAfterMs }: Unanswered, { silences, share }: Circumstances): number {
  if (retryAfterMs !== undefined) {
    return Math.max(PAUSE_MS_MIN, Math.round(retryAfterMs * (1 + RETRY_AFTER_SPREAD * share)))
  }
  const ceilingMs = Math.min(PAUSE_MS_MAX, RETRY_BASE_MS * 2 ** (silences - 1))
  return Math.round((ceilingMs / 2) * (1 + share))
}
