import { lineOf, LogPosition, NotificationId, type ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'
import { type RecentNotification, recentNotifications, isoOf } from '@portcullis/projections'
import { z } from 'zod'

import { NextCursor, PageQuery, pageOf, placeIn } from '../../paging/cursor.ts'
import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import type { Gateway } from '../../zod-routes.ts'

export interface NotificationOptions {
  readonly db: Db
  readonly project: ProjectId
  readonly readsPerMinute: number
}

const Instant = z.iso.datetime()
const Status = z.enum(['pending', 'delivered', 'failed'])

const Query = PageQuery.extend({
  status: Status.optional(),
  channel: lineOf(64).optional().describe('`log`, `webhook`, `webhook-2` …'),
})

const Notification = z.object({
  id: z.string().describe('The `webhook-id` of its deliveries'),
  channel: z.string(),
  service: z.string(),
  environment: z.string(),
  incident_id: z.uuid().nullable().describe('Null for a verdict'),
  incident_key: z.string().nullable(),
  event_type: z.string(),
  event_position: z.int(),
  status: Status,
  attempts: z.int().nonnegative(),
  requested_at: Instant,
  settled_at: Instant.nullable(),
  next_attempt_at: Instant.nullable(),
  reason: z.string().nullable().describe('Why it failed, or why the last attempt did'),
})
type Notification = z.infer<typeof Notification>

const Answer = z.object({ notifications: z.array(Notification), next_cursor: NextCursor })
const Place = z.strictObject({ eventPosition: LogPosition, id: NotificationId })

/** `GET /notifications/recent`: what people were told, and whether it reached them. */
export async function addNotifications(
  scope: Gateway,
  { db, project, readsPerMinute }: NotificationOptions,
): Promise<void> {
  await addLocalRateLimits(scope)
  scope.get(
    '/notifications/recent',
    {
      schema: { querystring: Query },
      config: {
        access: 'ops:read',
        rateLimit: limited({ kind: 'read', perMinute: readsPerMinute, when: 'early' }),
        docs: {
          tag: 'Notifications',
          summary: 'Notifications and their receipts, the newest first',
          answers: { 200: { description: 'A page of them.', schema: Answer } },
          problems: ['INVALID_PARAMETER'],
        },
      },
    },
    async ({ query: { limit, cursor, ...filter } }) => {
      const after = cursor === undefined ? null : placeIn(Place, cursor)
      const found = await recentNotifications(db, project, { filter, after, limit: limit + 1 })
      const { rows, nextCursor } = pageOf(found, limit, placeOf)
      return { notifications: rows.map(notificationOf), next_cursor: nextCursor }
    },
  )
}

function notificationOf(recent: RecentNotification): Notification {
  const { state, service, environment, incidentKey, attempts, nextAttemptAt, lastError } = recent
  return {
    id: state.notificationId,
    channel: state.channel,
    service,
    environment,
    incident_id: state.subject.kind === 'incident' ? state.subject.incidentId : null,
    incident_key: incidentKey,
    event_type: state.eventType,
    event_position: state.eventPosition,
    status: state.status,
    attempts,
    requested_at: isoOf(state.requestedAt),
    settled_at: state.status === 'pending' ? null : isoOf(state.settledAt),
    next_attempt_at: nextAttemptAt === null ? null : isoOf(nextAttemptAt),
    reason: state.status === 'failed' ? state.reason : lastError,
  }
}

function placeOf({ state }: RecentNotification): z.input<typeof Place> {
  return { eventPosition: state.eventPosition, id: state.notificationId }
}
