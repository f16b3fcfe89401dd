import type { EnvironmentName, ProjectId, ServiceName } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import { releaseModel, type ReleaseRow } from './model.ts'

/** Returns each service's release that went live last in an environment and was not taken back, by service. */
export async function newestReleases(
  db: Db,
  project: ProjectId,
  given: {
    readonly service: ServiceName | null
    readonly environment: EnvironmentName
    /** Only services after this one. */
    readonly after: ServiceName | null
  },
): Promise<ReleaseRow[]> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select distinct on (service collate "C") * from releases
     where project_id = $1 and environment = $2 and ($3::text is null or service = $3)
       and ($4::text is null or service collate "C" > $4)
       and state not in ('rolled_back', 'aborted')
     order by service collate "C", announced_at desc, release_version collate "C" desc`,
    [project, given.environment, given.service, given.after],
  )
  return rows.map((record) => releaseModel.fromRecord(record))
}
