import type {
  EnvironmentName,
  EpochMs,
  LogPosition,
  NotificationId,
  ProjectId,
  ServiceName,
} from '@portcullis/contracts'
import type { NotificationState } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { instantOrNull, valueOf } from '../record.ts'
import { notificationModel } from './model.ts'

/** A notification, and how its delivery goes while it is pending. */
export interface RecentNotification {
  readonly state: NotificationState
  readonly service: ServiceName
  readonly environment: EnvironmentName
  /** `route::kind` of the incident that it is about; null for a verdict. */
  readonly incidentKey: string | null
  /** Attempts so far; the last word is in `state` once it is settled. */
  readonly attempts: number
  readonly nextAttemptAt: EpochMs | null
  readonly lastError: string | null
}

/** Which notifications are asked for; what is left out does not narrow. */
export interface NotificationFilter {
  readonly status?: NotificationState['status'] | undefined
  readonly channel?: string | undefined
}

/** The last notification of a page: the next page begins after it. */
export interface NotificationPlace {
  readonly eventPosition: LogPosition
  readonly id: NotificationId
}

/** Returns notifications, those asked for last first, at most `limit`, after a place. */
export async function recentNotifications(
  db: Db,
  project: ProjectId,
  given: { filter: NotificationFilter; after: NotificationPlace | null; limit: number },
): Promise<RecentNotification[]> {
  const { filter, after, limit } = given
  const { rows } = await db.query<Record<string, unknown>>(
    `select notifications.*, incident.route || '::' || incident.kind as incident_key,
       coalesce(told.about ->> 'service', incident.service) as subject_service,
       coalesce(told.about ->> 'environment', incident.environment) as subject_environment,
       coalesce(outbox.attempts, notifications.attempts) as attempts_so_far,
       outbox.next_attempt_at, outbox.last_error
     from notifications
     -- The schema of the version before has no columns of these names.
     cross join lateral (select to_jsonb(notifications) as about) as told
     left join outbox using (project_id, notification_id)
     left join incident_state as incident
       on incident.project_id = notifications.project_id
       and incident.id = notifications.incident_id
     where notifications.project_id = $1
       and ($2::text is null or notifications.status = $2)
       and ($3::text is null or notifications.channel = $3)
       and ($4::bigint is null
         or (notifications.event_position, notifications.notification_id) < ($4, $5::text))
     order by notifications.event_position desc, notifications.notification_id desc limit $6`,
    [
      project,
      filter.status ?? null,
      filter.channel ?? null,
      after?.eventPosition ?? null,
      after?.id ?? null,
      limit,
    ],
  )
  return rows.map((record) => ({
    state: notificationModel.fromRecord(record).state,
    service: valueOf(record, 'subject_service'),
    environment: valueOf(record, 'subject_environment'),
    incidentKey: valueOf(record, 'incident_key'),
    attempts: valueOf(record, 'attempts_so_far'),
    nextAttemptAt: instantOrNull(record, 'next_attempt_at'),
    lastError: valueOf(record, 'last_error'),
  }))
}
