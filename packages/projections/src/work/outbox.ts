import type { IncidentId, NotificationId, ProjectId, RecordedEvent } from '@portcullis/contracts'
import { type NotificationState, notificationsOf } from '@portcullis/domain'
import { type Db, readEventsAt } from '@portcullis/event-log'

import type { RowCache } from '../apply-events.ts'
import { incidentModel, type IncidentRow } from '../incidents/model.ts'
import { notificationModel, type NotificationRow } from '../notifications/model.ts'
import { isVerdictChange, type VerdictChanged } from '../outcomes/wire.ts'
import { isoOf } from '../record.ts'
import { payloadOf, type Told } from './payload.ts'

/**
 * Writes an outbox row for every notification that `events` ask for, due at once, and returns their
 * ids. The rows are work: `restoreOutbox` makes them again from what is pending.
 */
export async function enqueueDeliveries(
  tx: Db,
  project: ProjectId,
  { events, rows }: { events: readonly RecordedEvent[]; rows: RowCache },
): Promise<NotificationId[]> {
  const incidents = rows.get(incidentModel.table) as Map<string, IncidentRow> | undefined
  const verdicts = changesByPosition(events)
  const deliveries = events
    .flatMap(notificationsOf)
    .flatMap((notification) => deliveryOf(notification, { incidents, verdicts }))
  await insertDeliveries(tx, project, deliveries, { onlyPending: false })
  return deliveries.map(({ notification }) => notification.notificationId)
}

/**
 * Makes the outbox rows of pending notifications that have none, and returns their ids. What another
 * notifier settles meanwhile gets none: the insert itself looks whether it is still pending.
 */
export async function restoreOutbox(db: Db, project: ProjectId): Promise<NotificationId[]> {
  const { rows } = await db.query<{ notification_id: NotificationId }>(
    `select notification_id from notifications
     where project_id = $1 and status = 'pending' and not exists (
       select from outbox where outbox.project_id = notifications.project_id
         and outbox.notification_id = notifications.notification_id)
     order by event_position limit 1000`,
    [project],
  )
  const ids = rows.map((row) => row.notification_id)
  if (ids.length === 0) return []
  return insertDeliveries(db, project, await readPending(db, project, ids), {
    onlyPending: true,
  })
}

interface Delivery {
  readonly notification: NotificationState
  readonly told: Told
}

/** What notifications may be about. */
interface Known {
  /** By id. */
  readonly incidents: ReadonlyMap<string, IncidentRow> | undefined
  /** By position. */
  readonly verdicts: ReadonlyMap<number, VerdictChanged>
}

function deliveryOf(
  notification: NotificationState,
  { incidents, verdicts }: Known,
): readonly Delivery[] {
  const { subject, eventPosition } = notification
  if (subject.kind === 'verdict') {
    const verdict = verdicts.get(eventPosition)
    return verdict === undefined ? [] : [{ notification, told: { verdict } }]
  }
  const incident = incidents?.get(subject.incidentId)
  return incident === undefined ? [] : [{ notification, told: { incident } }]
}

function changesByPosition(events: readonly RecordedEvent[]): ReadonlyMap<number, VerdictChanged> {
  return new Map(events.filter(isVerdictChange).map((event) => [event.position, event]))
}

async function readPending(db: Db, project: ProjectId, ids: NotificationId[]): Promise<Delivery[]> {
  const { rows: notifications } = await db.query<Record<string, unknown>>(
    'select * from notifications where project_id = $1 and notification_id = any($2::text[])',
    [project, ids],
  )
  const pending: NotificationRow[] = notifications.map((row) => notificationModel.fromRecord(row))
  const subjects = pending.map((row) => row.state.subject)
  const incidents = await readIncidents(
    db,
    project,
    subjects.flatMap((subject) => (subject.kind === 'incident' ? [subject.incidentId] : [])),
  )
  const ofVerdicts = pending.filter((row) => row.state.subject.kind === 'verdict')
  const positions = ofVerdicts.map((row) => row.state.eventPosition)
  const verdicts = changesByPosition(await readEventsAt(db, project, positions))
  return pending.flatMap(({ state }) => deliveryOf(state, { incidents, verdicts }))
}

async function readIncidents(
  db: Db,
  project: ProjectId,
  ids: readonly IncidentId[],
): Promise<ReadonlyMap<string, IncidentRow>> {
  const { rows } = await db.query<Record<string, unknown>>(
    'select * from incident_state where project_id = $1 and id = any($2::uuid[])',
    [project, ids],
  )
  return new Map(
    rows.map((record) => {
      const row = incidentModel.fromRecord(record)
      return [row.id, row]
    }),
  )
}

/** Inserts rows that are not there and returns their ids. */
async function insertDeliveries(
  db: Db,
  project: ProjectId,
  deliveries: readonly Delivery[],
  { onlyPending }: { onlyPending: boolean },
): Promise<NotificationId[]> {
  if (deliveries.length === 0) return []
  const { rows } = await db.query<{ notification_id: NotificationId }>(
    `insert into outbox (project_id, notification_id, channel, payload, created_at, next_attempt_at)
     select $1, id, channel, payload::json, created_at, created_at
     from unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[])
       as given (id, channel, payload, created_at)
     where not $6 or exists (
       select from notifications
       where project_id = $1 and notification_id = given.id and status = 'pending')
     on conflict (project_id, notification_id) do nothing
     returning notification_id`,
    [
      project,
      deliveries.map(({ notification }) => notification.notificationId),
      deliveries.map(({ notification }) => notification.channel),
      deliveries.map(({ notification, told }) => JSON.stringify(payloadOf(notification, told))),
      deliveries.map(({ notification }) => isoOf(notification.requestedAt)),
      onlyPending,
    ],
  )
  return rows.map((row) => row.notification_id)
}
