import type {
  EnvironmentName,
  EpochMs,
  ProjectId,
  ServiceName,
  VersionName,
} from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import { isoOf } from '../record.ts'
import { releaseModel, type ReleaseRow } from './model.ts'

/** The last release of a page: the next page begins after it. */
export interface ReleasePlace {
  readonly at: EpochMs
  readonly service: ServiceName
  readonly environment: EnvironmentName
  readonly version: VersionName
}

/** Returns releases, those that went live last first, at most `limit`, after a place. */
export async function recentReleases(
  db: Db,
  project: ProjectId,
  given: {
    service?: ServiceName | undefined
    environment?: EnvironmentName | undefined
    after: ReleasePlace | null
    limit: number
  },
): Promise<ReleaseRow[]> {
  const { service, environment, after, limit } = given
  const { rows } = await db.query<Record<string, unknown>>(
    `select * from releases
     where project_id = $1 and ($2::text is null or service = $2)
       and ($3::text is null or environment = $3)
       and ($4::timestamptz is null
         or (announced_at, service, environment, release_version) < ($4, $5::text, $6::text, $7::text))
     order by announced_at desc, service desc, environment desc, release_version desc limit $8`,
    [
      project,
      service ?? null,
      environment ?? null,
      after === null ? null : isoOf(after.at),
      after?.service ?? null,
      after?.environment ?? null,
      after?.version ?? null,
      limit,
    ],
  )
  return rows.map((record) => releaseModel.fromRecord(record))
}
