import type {
  EnvironmentName,
  EpochMs,
  EventType,
  IncidentId,
  LogPosition,
  NotificationId,
  ServiceName,
} from '@portcullis/contracts'

/** What a notification is about. */
export type NotificationSubject =
  | { readonly kind: 'incident'; readonly incidentId: IncidentId }
  | {
      readonly kind: 'verdict'
      readonly service: ServiceName
      readonly environment: EnvironmentName
    }

/** What an event asked to be told on one channel. */
interface NotificationFacts {
  readonly notificationId: NotificationId
  readonly channel: string
  readonly subject: NotificationSubject
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
