import type {
  EnvironmentName,
  EpochMs,
  ProjectId,
  ServiceName,
  WaiverId,
} from '@portcullis/contracts'
import type { WaiverStatus } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { isoOf } from '../record.ts'
import { waiverModel, type WaiverRow } from './model.ts'

/** Returns a waiver, locked until the transaction ends where that is asked for. */
export async function findWaiver(
  db: Db,
  project: ProjectId,
  { id, lock = false }: { readonly id: WaiverId; readonly lock?: boolean },
): Promise<WaiverRow | undefined> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select * from waivers where project_id = $1 and waiver_id = $2 ${lock ? 'for update' : ''}`,
    [project, id],
  )
  return rows.map((record) => waiverModel.fromRecord(record))[0]
}

/** The last waiver of a page: the next page begins after it. */
export interface WaiverPlace {
  readonly grantedAt: EpochMs
  readonly id: WaiverId
}

/** Conditions on a row by what it is at an instant; the same as `waiverStatusAt` of the domain, as a filter. */
const STATUS_FILTERS: Readonly<Record<WaiverStatus, string>> = {
  pending: `status = 'pending' and ends_at > $2`,
  active: `status = 'active' and ends_at > $2`,
  ended: `status <> 'revoked' and ends_at <= $2`,
  revoked: `status = 'revoked'`,
}

/** Returns waivers, those that were granted last first, at most `limit`, after a place. */
export async function listWaivers(
  db: Db,
  project: ProjectId,
  given: {
    readonly statuses: readonly WaiverStatus[]
    readonly now: EpochMs
    readonly service?: ServiceName | undefined
    readonly environment?: EnvironmentName | undefined
    readonly after: WaiverPlace | null
    readonly limit: number
  },
): Promise<WaiverRow[]> {
  const { statuses, now, service, environment, after, limit } = given
  const wanted = statuses.map((status) => `(${STATUS_FILTERS[status]})`).join(' or ')
  const { rows } = await db.query<Record<string, unknown>>(
    `select * from waivers
     where project_id = $1 and $2::timestamptz is not null and (${wanted})
       and ($3::text is null or service = $3)
       and ($4::text is null or environment = $4)
       and ($5::timestamptz is null or (granted_at, waiver_id) < ($5, $6::uuid))
     order by granted_at desc, waiver_id desc limit $7`,
    [
      project,
      isoOf(now),
      service ?? null,
      environment ?? null,
      after === null ? null : isoOf(after.grantedAt),
      after?.id ?? null,
      limit,
    ],
  )
  return rows.map((record) => waiverModel.fromRecord(record))
}
