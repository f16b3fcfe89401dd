import type {
  EpochMs,
  EventType,
  IncidentId,
  LogPosition,
  NotificationId,
} from '@portcullis/contracts'

/** What an event asked to be told on one channel. */
interface NotificationFacts {
  readonly notificationId: NotificationId
  readonly channel: string
  readonly incidentId: IncidentId
  readonly eventType: EventType
  readonly eventPosition: LogPosition
  readonly requestedAt: EpochMs
}

/** Attempts on the way are work (`outbox`), not history: a pending notification counts none. */
export interface PendingNotification extends NotificationFacts {
  readonly status: 'pending'
}
export interface DeliveredNotification extends NotificationFacts {
  readonly status: 'delivered'
  readonly attempts: number
  readonly settledAt: EpochMs
}
export interface FailedNotification extends NotificationFacts {
  readonly status: 'failed'
  readonly attempts: number
  readonly reason: string
  readonly settledAt: EpochMs
}

/** A notification: `pending`, then `delivered`, or `failed` until a later attempt delivers it. */
export type NotificationState = PendingNotification | DeliveredNotification | FailedNotification
