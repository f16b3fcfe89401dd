import type { EpochMs, IncidentId, ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import { isoOf } from '../record.ts'
import { incidentModel, type IncidentRow } from './model.ts'

/** Incidents as one transaction sees them. */
export interface LockedIncidents {
  /** Those that exist and are ours until the transaction ends, by id. */
  readonly locked: Map<string, IncidentRow>
  /** Those that somebody else holds, an open psql session for example: to be put aside. */
  readonly held: ReadonlySet<IncidentId>
}

/**
 * Locks incident rows in the order of their ids, as everybody does, and never waits: what somebody
 * else holds is told instead, so that it delays only itself. An id in neither answer has no row yet.
 */
export async function lockIncidents(
  tx: Db,
  project: ProjectId,
  ids: Iterable<IncidentId>,
): Promise<LockedIncidents> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return { locked: new Map(), held: new Set() }
  const { rows } = await tx.query<Record<string, unknown>>(
    `select * from incident_state where project_id = $1 and id = any($2::uuid[])
     order by id for update skip locked`,
    [project, wanted],
  )
  const locked = new Map(
    rows.map((record) => {
      const row = incidentModel.fromRecord(record)
      return [row.id as string, row]
    }),
  )
  const missing = wanted.filter((id) => !locked.has(id))
  return { locked, held: await heldElsewhere(tx, project, missing) }
}

/** Which incidents are due. */
export interface DueQuestion {
  readonly now: EpochMs
  readonly limit: number
  /** Also those whose due time is over though their timer looks again later: a step was held back. */
  readonly overdue: boolean
}

/**
 * Locks the incidents whose timers are due, the longest due first, at most `limit`. What somebody else
 * holds is passed over, and so takes none of the places. So is an incident with a command that was accepted
 * before the step was due, and waits because somebody held the incident: whoever took over in time did.
 */
export async function lockDueIncidents(
  tx: Db,
  project: ProjectId,
  { now, limit, overdue }: DueQuestion,
): Promise<IncidentRow[]> {
  const { rows } = await tx.query<Record<string, unknown>>(overdue ? LOCK_OVERDUE : LOCK_DUE, [
    project,
    isoOf(now),
    limit,
  ])
  return rows.map((record) => incidentModel.fromRecord(record))
}

const NOT_TAKEN_OVER = `
  not exists (
    select from commands
    where commands.project_id = $1 and commands.status = 'waiting'
      and commands.incident_id = incident.id
      and commands.accepted_at <= greatest(timers.due_at, incident.next_due_at))`

const LOCK_DUE = `
  select incident.* from timers
  join incident_state as incident
    on incident.project_id = timers.project_id and incident.id = timers.subject_id
  where timers.project_id = $1 and timers.kind = 'incident' and timers.due_at <= $2
    and ${NOT_TAKEN_OVER}
  order by timers.due_at limit $3 for update of incident skip locked`

const LOCK_OVERDUE = `
  select incident.* from incident_state as incident
  left join timers on timers.project_id = incident.project_id and timers.kind = 'incident'
    and timers.subject_id = incident.id
  where incident.project_id = $1
    and (timers.due_at <= $2 or (incident.status = 'open' and incident.next_due_at <= $2))
    and ${NOT_TAKEN_OVER}
  order by least(timers.due_at, incident.next_due_at) limit $3 for update of incident skip locked`

/**
 * Returns those that have a row (which somebody has locked), or get one in a session that has not
 * committed yet: an INSERT into the `incidents` view takes the same advisory lock. Whoever inserted
 * beside it would wait for that session with the log's head in its hands.
 */
async function heldElsewhere(
  tx: Db,
  project: ProjectId,
  ids: IncidentId[],
): Promise<Set<IncidentId>> {
  if (ids.length === 0) return new Set()
  const { rows } = await tx.query<{ id: IncidentId }>(
    `select wanted.id from unnest($2::uuid[]) as wanted (id)
     where exists (select from incident_state as stored where stored.project_id = $1 and stored.id = wanted.id)
       or not pg_try_advisory_xact_lock(hashtextextended('incident-' || wanted.id, 0))`,
    [project, ids],
  )
  return new Set(rows.map((row) => row.id))
}
