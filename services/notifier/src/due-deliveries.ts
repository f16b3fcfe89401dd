import type { NotificationId, ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

/** Returns outbox rows that have been due for at least `sinceMs`, the longest due first. */
export async function dueDeliveries(
  db: Db,
  project: ProjectId,
  { sinceMs, limit }: { sinceMs: number; limit: number },
): Promise<NotificationId[]> {
  const { rows } = await db.query<{ notification_id: NotificationId }>(
    `select notification_id from outbox
     where project_id = $1 and next_attempt_at <= clock_timestamp() - $2 * interval '1 millisecond'
     order by next_attempt_at limit $3`,
    [project, sinceMs, limit],
  )
  return rows.map((row) => row.notification_id)
}
