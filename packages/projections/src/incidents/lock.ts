import type { IncidentId, ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

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
