import {
  type EpochMs,
  type NotificationId,
  type ProjectId,
  SECOND_MS,
  systemMeta,
} from '@portcullis/contracts'
import type { AttemptAnswer, DeliveryDecision, NotificationReceipt } from '@portcullis/domain'
import { inTransaction, type NewEvent, notificationStream } from '@portcullis/event-log'
import { appendAndFold, type DeliveryPayload, namesOf } from '@portcullis/projections'
import type { Pool } from 'pg'

import type { Channel } from './channels/channel.ts'
import { bodyOf, peopleIn, withNamesIn } from './payload.ts'

/** How long a receiver may take (Standard Webhooks: 15 to 30 s). */
export const SEND_TIMEOUT_MS = 20 * SECOND_MS

/** For how long a claimed delivery is ours: longer than an attempt, and the record of it, can take. */
const LEASE_MS = SEND_TIMEOUT_MS + 40 * SECOND_MS

/** A delivery that is to be attempted now. */
export interface Claimed {
  readonly id: NotificationId
  readonly channel: string
  /** Attempts made so far, this one included. */
  readonly attempts: number
  /** What the outbox holds, without names. */
  readonly payload: DeliveryPayload
  readonly now: EpochMs
}

/** What an attempt led to. */
export type Delivery =
  | { readonly kind: 'settled'; readonly id: NotificationId; readonly receipt: NotificationReceipt }
  | {
      readonly kind: 'later'
      readonly id: NotificationId
      readonly retryAt: EpochMs
      readonly reason: string
    }

/**
 * Claims due deliveries for one attempt. A claim moves the next attempt past the lease: when this
 * process dies, another one delivers after it, with the same `webhook-id`.
 *
 * Rows are found once and then taken by where they lie: of a table that is mostly empty Postgres believes that
 * it has one row, and would search again for each row that it has (bench `commands`).
 */
export async function claimDeliveries(
  pool: Pool,
  project: ProjectId,
  ids: readonly NotificationId[],
): Promise<Claimed[]> {
  const { rows } = await pool.query<{
    notification_id: NotificationId
    channel: string
    attempts: number
    payload: DeliveryPayload
    present: Date
  }>(
    `update outbox set attempts = attempts + 1,
       next_attempt_at = clock_timestamp() + $3 * interval '1 millisecond'
     where ctid = any (array(
       select ctid from outbox
       where project_id = $1 and notification_id = any($2::text[])
         and next_attempt_at <= clock_timestamp()
       for update skip locked))
     returning notification_id, channel, attempts, payload,
       date_trunc('milliseconds', clock_timestamp()) as present`,
    [project, ids, LEASE_MS],
  )
  return rows.map((row) => ({
    id: row.notification_id,
    channel: row.channel,
    attempts: row.attempts,
    payload: row.payload,
    now: row.present.getTime() as EpochMs,
  }))
}

/**
 * Puts names into what is about to be sent, at the last moment: they live in a table where they can be
 * erased.
 */
export async function withNames(
  pool: Pool,
  project: ProjectId,
  claimed: readonly Claimed[],
): Promise<Claimed[]> {
  const ids = new Set(claimed.flatMap(({ payload }) => peopleIn(payload)))
  const names = await namesOf(pool, project, [...ids])
  return claimed.map((one) => ({
    ...one,
    payload: withNamesIn(one.payload, (id) => names.get(id) ?? id),
  }))
}

/** Sends a claimed delivery once. */
export async function send(
  { id, payload, now }: Claimed,
  channel: Channel | undefined,
): Promise<AttemptAnswer> {
  // A channel that was taken out of the settings may come back: its notifications wait for it.
  if (channel === undefined) return { kind: 'unanswered', error: 'the channel is not configured' }
  const attempt = { id, at: new Date(now), body: bodyOf(payload) }
  return channel.send(attempt, AbortSignal.timeout(SEND_TIMEOUT_MS))
}

/** Returns what is to be recorded of an attempt, after what was decided of it. */
export function deliveryOf({ id }: Claimed, decision: DeliveryDecision): Delivery {
  if ('receipt' in decision) return { kind: 'settled', id, receipt: decision.receipt }
  return { kind: 'later', id, retryAt: decision.retryAt, reason: decision.reason }
}

/**
 * Records what deliveries led to, in one transaction: receipts become events and their outbox rows
 * go; the others get the time of their next attempt. A delivery that another process settled
 * meanwhile is left alone, and where it has an outbox row again that goes without a receipt: a second
 * one would be refused, and with it all that are recorded together.
 */
export async function recordDeliveries(
  pool: Pool,
  project: ProjectId,
  deliveries: readonly Delivery[],
): Promise<void> {
  const settled = deliveries.filter((delivery) => delivery.kind === 'settled')
  const later = deliveries.filter((delivery) => delivery.kind === 'later')
  await inTransaction(pool, async (tx) => {
    if (later.length > 0) {
      await tx.query(
        `update outbox set next_attempt_at = given.at, last_error = given.reason
         from unnest($2::text[], $3::timestamptz[], $4::text[]) as given (id, at, reason)
         where outbox.project_id = $1 and outbox.notification_id = given.id`,
        [
          project,
          later.map((one) => one.id),
          later.map((one) => new Date(one.retryAt)),
          later.map((one) => one.reason),
        ],
      )
    }
    if (settled.length === 0) return
    const { rows } = await tx.query<{ notification_id: NotificationId }>(
      `with gone as (
         delete from outbox where project_id = $1 and notification_id = any($2::text[])
         returning notification_id)
       select notification_id from notifications
       where project_id = $1 and status = 'pending'
         and notification_id = any (array(select notification_id from gone))`,
      [project, settled.map((one) => one.id)],
    )
    const ours = new Set(rows.map((row) => row.notification_id))
    const pending = settled.filter((one) => ours.has(one.id)).map(receiptEvent)
    await appendAndFold(tx, project, pending)
  })
}

function receiptEvent({ id, receipt }: Extract<Delivery, { kind: 'settled' }>): NewEvent {
  return {
    streamId: notificationStream(id),
    version: 1,
    event: receipt,
    meta: systemMeta('system'),
    occurredAt: receipt.data.at,
  }
}
