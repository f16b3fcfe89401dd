import type {
  EpochMs,
  IncidentId,
  LogPosition,
  PrincipalId,
  ProjectId,
  Severity,
} from '@portcullis/contracts'
import type { IncidentState } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { isoOrNull } from '../record.ts'
import { alarmModel, type AlarmRow } from './model.ts'

/** Which alarms are asked for; null does not narrow. */
export interface StandingFilter {
  readonly status: 'raised' | 'no_data' | null
  readonly severity: Severity | null
  readonly service: string | null
  readonly environment: string
  readonly route: string | null
  readonly kind: string | null
}

/** The last alarm of a page: the next page begins after it. */
export interface AlarmPlace {
  readonly since: EpochMs
  readonly id: IncidentId
}

/** An alarm that stands, and what its incident says; null where it is yet to be opened. */
export interface StandingAlarm {
  readonly alarm: AlarmRow
  readonly incident: Pick<IncidentState, 'status' | 'owner' | 'hint'> | null
}

/** Alarms as of a position of the log. */
export interface StandingAlarms {
  readonly position: LogPosition
  readonly alarms: readonly StandingAlarm[]
}

interface IncidentColumns {
  readonly head_position: number
  readonly id: string | null
  readonly incident_status: IncidentState['status'] | null
  readonly incident_owner: PrincipalId | null
  readonly incident_hint: string | null
}

/** Returns alarms that are raised or fell silent, those raised last first, at most `limit`. */
export async function standingAlarms(
  db: Db,
  project: ProjectId,
  given: { filter: StandingFilter; after: AlarmPlace | null; limit: number },
): Promise<StandingAlarms> {
  const { filter, after, limit } = given
  // One statement: all that it reads is as of the same position.
  const { rows } = await db.query<IncidentColumns & Record<string, unknown>>(
    `select head.position::float8 as head_position, standing.*
     from log_heads as head left join lateral (
       select alarms.*, incident.status as incident_status, incident.owner as incident_owner,
         incident.hint as incident_hint
       from alarms left join incident_state as incident
         on incident.project_id = alarms.project_id and incident.id = alarms.id
       where alarms.project_id = head.project_id and alarms.environment = $2
         and alarms.status = any($3::text[])
         and ($4::text is null or alarms.severity = $4)
         and ($5::text is null or alarms.service = $5)
         and ($6::text is null or alarms.route = $6)
         and ($7::text is null or alarms.kind = $7)
         and ($8::timestamptz is null or (alarms.since, alarms.id) < ($8, $9::uuid))
       order by alarms.since desc, alarms.id desc limit $10
     ) as standing on true
     where head.project_id = $1 order by standing.since desc, standing.id desc`,
    [
      project,
      filter.environment,
      filter.status === null ? ['raised', 'no_data'] : [filter.status],
      filter.severity,
      filter.service,
      filter.route,
      filter.kind,
      isoOrNull(after?.since ?? null),
      after?.id ?? null,
      limit,
    ],
  )
  const head = rows[0]
  if (head === undefined) throw new Error(`project ${project} has no log`)
  return {
    position: head.head_position as LogPosition,
    alarms: rows.filter((row) => row.id !== null).map(standingAlarm),
  }
}

function standingAlarm(row: IncidentColumns & Record<string, unknown>): StandingAlarm {
  const { incident_status: status, incident_owner: owner, incident_hint: hint } = row
  const incident = status === null ? null : { status, owner, hint }
  return { alarm: alarmModel.fromRecord(row), incident }
}
