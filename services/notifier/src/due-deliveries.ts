import type { NotificationId, ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

/**
 * Returns outbox rows that have been due for at least `sinceMs`, the longest due first, but for some
 * channels.
 */
export async function dueDeliveries(
  db: Db,
  project: ProjectId,
  given: { sinceMs: number; limit: number; notOn: readonly string[] },
): Promise<NotificationId[]> {
  const { rows } = await db.query<{ notification_id: NotificationId }>(
    `select notification_id from outbox
     where project_id = $1 and next_attempt_at <= clock_timestamp() - $2 * interval '1 millisecond'
       and channel <> all($4::text[])
     order by next_attempt_at limit $3`,
    [project, given.sinceMs, given.limit, given.notOn],
  )
  return rows.map((row) => row.notification_id)
}

/** Returns the channels of those of some outbox rows that are due, each with its rows. */
export async function dueByChannel(
  db: Db,
  project: ProjectId,
  ids: readonly NotificationId[],
): Promise<ReadonlyMap<string, readonly NotificationId[]>> {
  const { rows } = await db.query<{ notification_id: NotificationId; channel: string }>(
    `select notification_id, channel from outbox
     where project_id = $1 and notification_id = any($2::text[])
       and next_attempt_at <= clock_timestamp()`,
    [project, ids],
  )
  const channels = Map.groupBy(rows, (row) => row.channel)
  return new Map(
    [...channels].map(([channel, of]) => [channel, of.map((row) => row.notification_id)]),
  )
}
