import type {
  EnvironmentName,
  LogPosition,
  ProjectId,
  ServiceName,
  VersionName,
} from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import { releaseModel, type ReleaseRow } from './model.ts'

/** Returns the releases of a service in an environment, the newest first, at most 1,000. */
export async function readReleases(
  db: Db,
  project: ProjectId,
  { service, environment }: { service: ServiceName; environment: EnvironmentName },
): Promise<ReleaseRow[]> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select * from releases where project_id = $1 and service = $2 and environment = $3
     order by announced_at desc, release_version desc limit 1000`,
    [project, service, environment],
  )
  return rows.map((record) => releaseModel.fromRecord(record))
}

/**
 * Returns the version that went live last, of one service or of all, or null where none was known at
 * the position `upTo`.
 */
export async function newestVersion(
  db: Db,
  project: ProjectId,
  {
    service,
    environment,
    upTo,
  }: { service: ServiceName | null; environment: EnvironmentName; upTo: LogPosition },
): Promise<VersionName | null> {
  const { rows } = await db.query<{ version: VersionName }>(
    `select release_version as version from releases
     where project_id = $1 and environment = $2 and ($3::text is null or service = $3)
       and position <= $4
     order by announced_at desc, release_version desc limit 1`,
    [project, environment, service, upTo],
  )
  return rows[0]?.version ?? null
}
