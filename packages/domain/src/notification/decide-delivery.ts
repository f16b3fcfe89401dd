import type { EpochMs } from '@portcullis/contracts'

import type { NotificationReceipt } from './evolve.ts'
import { nextAttemptAt } from './retry.ts'
import type { NotificationState } from './state.ts'

/** How an attempt ended: an HTTP answer, or none (timeout, refused, no such host …). */
export type AttemptAnswer =
  | {
      readonly kind: 'answered'
      readonly status: number
      /** The wait that `Retry-After` asks for; null without that header. */
      readonly retryAfterMs: number | null
    }
  | { readonly kind: 'unanswered'; readonly error: string }

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
      /** The receiver wants nothing any more (410): its channel is to be switched off. */
      readonly isReceiverGone: boolean
    }
  | { readonly retryAt: EpochMs; readonly reason: string }

const REASON_LENGTH_MAX = 512

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
  const isReceiverGone = answer.kind === 'answered' && answer.status === 410
  const retryAfterMs = answer.kind === 'answered' ? answer.retryAfterMs : null
  const retryAt = isReceiverGone ? null : nextAttemptAt({ attempts, now, jitter, retryAfterMs })
  if (retryAt !== null) return { retryAt, reason }
  return { receipt: { type: 'notification.failed', data: { ...data, reason } }, isReceiverGone }
}

function isSuccess(answer: AttemptAnswer): boolean {
  return answer.kind === 'answered' && answer.status >= 200 && answer.status <= 299
}

/** An error's text comes from the world: Postgres stores neither NUL nor half a surrogate pair. */
function reasonOf(answer: AttemptAnswer): string {
  if (answer.kind === 'answered') return `answered ${answer.status}`
  return answer.error.replaceAll('\u0000', ' ').slice(0, REASON_LENGTH_MAX).toWellFormed()
}
