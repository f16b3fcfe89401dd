import type { ProjectId, StreamId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

/** Returns the version of the newest event of a stream, 0 where there is none. */
export async function streamVersion(db: Db, project: ProjectId, stream: StreamId): Promise<number> {
  const { rows } = await db.query<{ version: number }>(
    `select coalesce(max(version), 0) as version from events
     where project_id = $1 and stream_id = $2`,
    [project, stream],
  )
  return rows[0]!.version
}
