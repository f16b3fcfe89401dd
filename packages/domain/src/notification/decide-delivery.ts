import type { EpochMs } from '@portcullis/contracts'

import type { NotificationReceipt } from './evolve.ts'
import { nextAttemptAt } from './retry.ts'
import type { NotificationState } from './state.ts'

/** How an attempt ended: an HTTP answer, or none (refused, no such host …), or none in time. */
export type AttemptAnswer =
  | {
      readonly kind: 'answered'
      readonly status: number
      /** The wait that `Retry-After` asks for; null without that header. */
      readonly retryAfterMs: number | null
    }
  | { readonly kind: 'unanswered'; readonly error: string }
  | { readonly kind: 'timed out' }
  /** Not attempted: the receiver answered 410 to an earlier one. */
  | { readonly kind: 'gone' }

/** One attempt to deliver a notification. */
export interface DeliveryAttempt {
  readonly notification: Pick<NotificationState, 'notificationId' | 'channel'>
  /** Attempts made so far, this one included. */
  readonly attempts: number
  readonly answer: AttemptAnswer
}

export type DeliveryDecision =
  | {
      readonly receipt: NotificationReceipt
      /** The receiver has just said that it wants nothing any more (410): that is to be remembered. */
      readonly isReceiverGone: boolean
    }
  | { readonly retryAt: EpochMs; readonly reason: string }

const REASON_LENGTH_MAX = 512

/** HTTP 410: the receiver wants nothing any more (Standard Webhooks, "Disabling"). */
const GONE = 410

/**
 * Decides what follows from an attempt (Standard Webhooks 1.0).
 *
 * Only 2xx is success. 410 ends it at once and for the receiver as a whole. Everything else is tried
 * again until the schedule ends: redirects too, which are not followed, and 4xx, because a wrong
 * secret or a missing route is mended while we wait. `Retry-After` is kept wherever it comes.
 */
export function decideDelivery(
  { notification, attempts, answer }: DeliveryAttempt,
  { now, jitter }: { readonly now: EpochMs; readonly jitter: number },
): DeliveryDecision {
  const { notificationId, channel } = notification
  const data = { notificationId, channel, attempts, at: now }
  if (isSuccess(answer)) {
    return { receipt: { type: 'notification.delivered', data }, isReceiverGone: false }
  }
  const reason = reasonOf(answer)
  const isReceiverGone = answer.kind === 'answered' && answer.status === GONE
  const isOver = isReceiverGone || answer.kind === 'gone'
  const retryAfterMs = answer.kind === 'answered' ? answer.retryAfterMs : null
  const retryAt = isOver ? null : nextAttemptAt({ attempts, now, jitter, retryAfterMs })
  if (retryAt !== null) return { retryAt, reason }
  return { receipt: { type: 'notification.failed', data: { ...data, reason } }, isReceiverGone }
}

function isSuccess(answer: AttemptAnswer): boolean {
  return answer.kind === 'answered' && answer.status >= 200 && answer.status <= 299
}

function reasonOf(answer: AttemptAnswer): string {
  switch (answer.kind) {
    case 'answered':
      return `answered ${answer.status}`
    case 'timed out':
      return 'no answer in time'
    case 'gone':
      return `not sent: the receiver answered ${GONE} before`
    case 'unanswered':
      return storable(answer.error)
  }
}

/** An error's text comes from the world: Postgres stores neither NUL nor half a surrogate pair. */
function storable(text: string): string {
  return text.replaceAll('\u0000', ' ').slice(0, REASON_LENGTH_MAX).toWellFormed()
}
