import type {
  EnvironmentName,
  IncidentId,
  LogPosition,
  RecordedEvent,
  ServiceName,
} from '@portcullis/contracts'
import {
  evolveNotification,
  type NotificationReceipt,
  notificationsOf,
  type NotificationState,
  type NotificationSubject,
} from '@portcullis/domain'

import type { ReadModel, TableRecord } from '../read-model.ts'
import { countOf, instantOf, isoOf, valueOf } from '../record.ts'

/** A notification and the position of the event that last changed it. */
export interface NotificationRow {
  readonly state: NotificationState
  readonly position: LogPosition
}

/** `notifications`: one row an event and channel. Attempts on the way are in `outbox`. */
export const notificationModel: ReadModel<NotificationRow> = {
  table: 'notifications',
  key: ['notification_id'],
  keysOf: (event) => {
    if (isReceipt(event)) return [[event.data.notificationId]]
    return notificationsOf(event).map((notification) => [notification.notificationId])
  },
  // The id of a notification is made from the position of the event that asks for it.
  begins: (event) => !isReceipt(event),
  evolve: (row, event, [id]) => ({
    state: isReceipt(event) ? evolveNotification(row?.state, event) : requested(event, id!),
    position: event.position,
  }),
  toRecord: ({ state, position }) => ({
    notification_id: state.notificationId,
    channel: state.channel,
    ...recordOfSubject(state.subject),
    event_type: state.eventType,
    event_position: state.eventPosition,
    status: state.status,
    attempts: state.status === 'pending' ? 0 : state.attempts,
    reason: state.status === 'failed' ? state.reason : null,
    requested_at: isoOf(state.requestedAt),
    settled_at: state.status === 'pending' ? null : isoOf(state.settledAt),
    position,
  }),
  fromRecord: (record) => ({
    state: stateOf(record),
    position: countOf(record, 'position') as LogPosition,
  }),
  added: {
    columns: ['service', 'environment'],
    isNeededBy: ({ state }) => state.subject.kind === 'verdict',
  },
}

function isReceipt(event: RecordedEvent): event is RecordedEvent<NotificationReceipt> {
  return event.type === 'notification.delivered' || event.type === 'notification.failed'
}

function requested(event: RecordedEvent, id: string): NotificationState {
  const found = notificationsOf(event).find((notification) => notification.notificationId === id)
  if (found === undefined) throw new Error(`event ${event.position} asks for no notification ${id}`)
  return found
}

function stateOf(record: TableRecord): NotificationState {
  const facts = {
    notificationId: valueOf<NotificationState['notificationId']>(record, 'notification_id'),
    channel: valueOf<string>(record, 'channel'),
    subject: subjectOf(record),
    eventType: valueOf<NotificationState['eventType']>(record, 'event_type'),
    eventPosition: countOf(record, 'event_position') as LogPosition,
    requestedAt: instantOf(record, 'requested_at'),
  }
  const status = valueOf<NotificationState['status']>(record, 'status')
  if (status === 'pending') return { ...facts, status }
  const settled = {
    attempts: valueOf<number>(record, 'attempts'),
    settledAt: instantOf(record, 'settled_at'),
  }
  if (status === 'delivered') return { ...facts, ...settled, status }
  return { ...facts, ...settled, status, reason: valueOf(record, 'reason') }
}

function recordOfSubject(subject: NotificationSubject): TableRecord {
  return subject.kind === 'incident'
    ? { incident_id: subject.incidentId, service: null, environment: null }
    : { incident_id: null, service: subject.service, environment: subject.environment }
}

function subjectOf(record: TableRecord): NotificationSubject {
  const incidentId = valueOf<IncidentId | null>(record, 'incident_id')
  if (incidentId !== null) return { kind: 'incident', incidentId }
  return {
    kind: 'verdict',
    service: valueOf<ServiceName>(record, 'service'),
    environment: valueOf<EnvironmentName>(record, 'environment'),
  }
}
