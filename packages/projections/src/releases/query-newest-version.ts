import type {
  EnvironmentName,
  LogPosition,
  ProjectId,
  ServiceName,
  VersionName,
} from '@portcullis/contracts'
import { evolveRelease, newestRelease } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { releaseModel, type ReleaseRow } from './model.ts'
import { releaseEvents } from './query-events.ts'

interface NewestAsked {
  readonly service: ServiceName | null
  readonly environment: EnvironmentName
  readonly upTo: LogPosition
}

/**
 * Returns the version that went live last and was not taken back, of one service or of all, or null where none was
 * known at the position `upTo`.
 *
 * Rows say what is so now. Those that changed after the position, seldom one, are folded again up to it.
 */
export async function newestVersion(
  db: Db,
  project: ProjectId,
  asked: NewestAsked,
): Promise<VersionName | null> {
  const rows = await newestAndChanged(db, project, asked)
  const then: ReleaseRow[] = []
  for (const row of rows) {
    const known = row.position <= asked.upTo ? row : await releaseAt(db, project, row, asked.upTo)
    if (known !== undefined) then.push(known)
  }
  return newestRelease(then)?.version ?? null
}

/** The newest of the rows that stand as they did at the position, and all that changed since. */
async function newestAndChanged(
  db: Db,
  project: ProjectId,
  { service, environment, upTo }: NewestAsked,
): Promise<ReleaseRow[]> {
  const { rows } = await db.query<Record<string, unknown>>(
    `(select * from releases
      where project_id = $1 and environment = $2 and ($3::text is null or service = $3)
        and position <= $4 and state not in ('rolled_back', 'aborted')
      order by announced_at desc, release_version collate "C" desc limit 1)
     union all
     select * from releases
     where project_id = $1 and environment = $2 and ($3::text is null or service = $3)
       and position > $4`,
    [project, environment, service, upTo],
  )
  return rows.map((record) => releaseModel.fromRecord(record))
}

/** Returns a release as it was at a position, or undefined where it was not known yet. */
async function releaseAt(
  db: Db,
  project: ProjectId,
  release: ReleaseRow,
  upTo: LogPosition,
): Promise<ReleaseRow | undefined> {
  const events = await releaseEvents(db, project, release, { before: null, limit: null })
  return events
    .filter(({ position }) => position <= upTo)
    .reduceRight<ReleaseRow | undefined>(
      (known, event) => ({ ...evolveRelease(known, event), position: event.position }),
      undefined,
    )
}
