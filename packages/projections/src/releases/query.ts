import type { EnvironmentName, ProjectId, ServiceName } from '@portcullis/contracts'
import type { Release } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { releaseModel, type ReleaseRow } from './model.ts'

/** What names a release. */
export type ReleaseKey = Pick<Release, 'service' | 'environment' | 'version'>

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

/** Returns one release, or undefined where nobody ever saw or announced it. */
export async function findRelease(
  db: Db,
  project: ProjectId,
  { service, environment, version }: ReleaseKey,
): Promise<ReleaseRow | undefined> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select * from releases
     where project_id = $1 and service = $2 and environment = $3 and release_version = $4`,
    [project, service, environment, version],
  )
  return rows.map((record) => releaseModel.fromRecord(record))[0]
}
