import type { DomainEvent, IncidentId, NotificationId, RecordedEvent } from '@portcullis/contracts'

import { incidentOfStream } from '../incident/stream.ts'
import { stableHash } from '../stable-hash.ts'
import type { NotificationState, NotificationSubject, PendingNotification } from './state.ts'

/** How the delivery of a notification ended. */
export type NotificationReceipt = Extract<
  DomainEvent,
  { type: 'notification.delivered' | 'notification.failed' }
>

type NotifyingEvent = Extract<DomainEvent, { data: { notify: string[] } }>

/**
 * Returns the notifications that an event asks for, one a channel, as they begin: pending. The event
 * names its channels, so a replay asks for the same ones whatever is configured meanwhile.
 *
 * | event                                          | told to every channel that hears of such |
 * |------------------------------------------------|------------------------------------------|
 * | `incident.opened`, `.escalated`, `.reopened`   | always                                   |
 * | `incident.acknowledged`, `.resolved`           | always                                   |
 * | `incident.refreshed`                           | when the severity became critical        |
 * | `verdict.changed`                              | when the outcome or `pass` is another    |
 * | all others, and whatever SQL does              | never                                    |
 */
export function notificationsOf(event: RecordedEvent): readonly PendingNotification[] {
  if (!isNotifying(event)) return []
  const subject = subjectOf(event)
  return event.data.notify.map((channel, nth) => ({
    status: 'pending',
    notificationId: notificationIdOf(event, nth),
    channel,
    subject,
    eventType: event.type,
    eventPosition: event.position,
    requestedAt: event.recordedAt,
  }))
}

/**
 * Returns a notification after its receipt. What is delivered stays so: a second receipt of a
 * delivery that happened twice changes nothing. Throws for a receipt of what was never asked for.
 */
export function evolveNotification(
  notification: NotificationState | undefined,
  receipt: NotificationReceipt,
): NotificationState {
  if (notification === undefined) {
    throw new Error(`a notification cannot begin with ${receipt.type}`)
  }
  if (notification.status === 'delivered') return notification
  const { notificationId, channel, subject, eventType, eventPosition, requestedAt } = notification
  const facts = { notificationId, channel, subject, eventType, eventPosition, requestedAt }
  const { attempts, at: settledAt } = receipt.data
  if (receipt.type === 'notification.delivered') {
    return { ...facts, status: 'delivered', attempts, settledAt }
  }
  return { ...facts, status: 'failed', attempts, reason: receipt.data.reason, settledAt }
}

function isNotifying(event: RecordedEvent): event is RecordedEvent<NotifyingEvent> {
  return 'notify' in event.data
}

function subjectOf(event: RecordedEvent<NotifyingEvent>): NotificationSubject {
  if (event.type === 'verdict.changed') {
    const { service, environment } = event.data
    return { kind: 'verdict', service, environment }
  }
  return { kind: 'incident', incidentId: incidentOfStream(event.streamId) as IncidentId }
}

/**
 * The `webhook-id` of a delivery, the same for every attempt and every replay. Within a project,
 * position and channel are unique; time and stream keep apart what several projects or
 * installations send to one receiver, which would drop the second of two equal ids.
 */
function notificationIdOf(
  { position, recordedAt, streamId }: RecordedEvent,
  nth: number,
): NotificationId {
  const stream = stableHash(streamId).toString(36)
  return `ntf_${position}_${recordedAt.toString(36)}_${stream}_${nth}` as NotificationId
}
