import type { EpochMs, IncidentId, LogPosition, ProjectId, Severity } from '@portcullis/contracts'
import type { IncidentState } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { isoOf } from '../record.ts'
import { incidentModel, type IncidentRow } from './model.ts'

/** Which incidents are asked for; what is left out does not narrow. */
export interface IncidentFilter {
  readonly status?: readonly IncidentState['status'][] | undefined
  readonly severity?: Severity | undefined
  readonly service?: string | undefined
  readonly environment?: string | undefined
  readonly route?: string | undefined
  readonly kind?: string | undefined
}

/** The last incident of a page: the next page begins after it. */
export interface IncidentPlace {
  readonly firstSeen: EpochMs
  readonly id: IncidentId
}

/** A page of incidents. */
export interface IncidentPage {
  readonly filter: IncidentFilter
  readonly after: IncidentPlace | null
  readonly limit: number
}

/**
 * Returns incidents, those whose present opening began last first, at most `limit`, after a place; with
 * `unchangedSince`, only those that are as they were at that position.
 *
 * An incident that opens again while somebody turns pages moves to the front: it is missed by pages
 * that follow, and never shown twice by them.
 */
export async function listIncidents(
  db: Db,
  project: ProjectId,
  {
    filter,
    after,
    limit,
    unchangedSince,
  }: IncidentPage & { readonly unchangedSince?: LogPosition | undefined },
): Promise<IncidentRow[]> {
  const values: unknown[] = [project]
  const conditions = ['project_id = $1']
  const where = (condition: (placeholder: string) => string, value: unknown): void => {
    if (value === undefined) return
    conditions.push(condition(`$${values.push(value)}`))
  }
  where((status) => `status = any(${status}::text[])`, filter.status)
  where((severity) => `severity = ${severity}`, filter.severity)
  where((service) => `service = ${service}`, filter.service)
  where((environment) => `environment = ${environment}`, filter.environment)
  where((route) => `route = ${route}`, filter.route)
  where((kind) => `kind = ${kind}`, filter.kind)
  where((position) => `position <= ${position}`, unchangedSince)
  if (after !== null) {
    const at = values.push(isoOf(after.firstSeen))
    conditions.push(`(first_seen, id) < ($${at}, $${values.push(after.id)}::uuid)`)
  }
  const { rows } = await db.query<Record<string, unknown>>(
    `select * from incident_state where ${conditions.join(' and ')}
     order by first_seen desc, id desc limit $${values.push(limit)}`,
    values,
  )
  return rows.map((record) => incidentModel.fromRecord(record))
}

/** Returns one incident; undefined where there never was one of that id. */
export async function findIncident(
  db: Db,
  project: ProjectId,
  id: IncidentId,
): Promise<IncidentRow | undefined> {
  const { rows } = await db.query<Record<string, unknown>>(
    'select * from incident_state where project_id = $1 and id = $2',
    [project, id],
  )
  return rows[0] === undefined ? undefined : incidentModel.fromRecord(rows[0])
}

/** Returns open incidents whose next escalation is due at `now`, the longest due first. */
export async function overdueIncidents(
  db: Db,
  project: ProjectId,
  { now, limit }: { now: EpochMs; limit: number },
): Promise<IncidentRow[]> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select * from incident_state
     where project_id = $1 and status = 'open' and next_due_at <= $2
     order by next_due_at limit $3`,
    [project, isoOf(now), limit],
  )
  return rows.map((record) => incidentModel.fromRecord(record))
}

/** How many incidents of a service in an environment are not resolved. */
export interface UnresolvedCount {
  readonly service: string
  readonly environment: string
  readonly open: number
  readonly acknowledged: number
}

/** Counts the incidents that are not resolved, by service and environment. */
export async function countUnresolved(db: Db, project: ProjectId): Promise<UnresolvedCount[]> {
  const { rows } = await db.query<UnresolvedCount & Record<string, unknown>>(
    `select service, environment, count(*) filter (where status = 'open')::float8 as open,
       count(*) filter (where status = 'acknowledged')::float8 as acknowledged
     from incident_state where project_id = $1 and status <> 'resolved'
     group by service, environment`,
    [project],
  )
  return rows
}
