import type { EpochMs, IncidentId, ProjectId, RecordedEvent } from '@portcullis/contracts'
import { incidentTimerAt } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import type { RowCache } from '../apply-events.ts'
import { incidentModel, type IncidentRow } from '../incidents/model.ts'
import { isoOf } from '../record.ts'

/** When to look at an incident again; null when only an event can make that necessary. */
export interface TimerChange {
  readonly incidentId: IncidentId
  readonly dueAt: EpochMs | null
}

/** Moves the timers of the incidents that `events` touched to what their rows say now. */
export async function scheduleTimers(
  tx: Db,
  project: ProjectId,
  { events, rows }: { events: readonly RecordedEvent[]; rows: RowCache },
): Promise<void> {
  const touched = new Set(events.flatMap((event) => incidentModel.keysOf(event).flat()))
  const incidents = rows.get(incidentModel.table) as Map<string, IncidentRow> | undefined
  const changes = [...touched].flatMap((id) => {
    const row = incidents?.get(id)
    return row === undefined ? [] : [{ incidentId: row.id, dueAt: incidentTimerAt(row.state) }]
  })
  await setTimers(tx, project, changes)
}

/**
 * Sets or removes timers of incidents. The caller holds the incidents' row locks: nobody else writes
 * these timers, so no lock on them can be part of a deadlock.
 */
export async function setTimers(
  tx: Db,
  project: ProjectId,
  changes: readonly TimerChange[],
): Promise<void> {
  if (changes.length === 0) return
  await tx.query(
    `with given as (
       select id, due_at from unnest($2::uuid[], $3::timestamptz[]) as given (id, due_at)
     ), removed as (
       delete from timers using given
       where timers.project_id = $1 and timers.kind = 'incident' and timers.subject_id = given.id
         and given.due_at is null
     )
     insert into timers (project_id, kind, subject_id, due_at)
     select $1, 'incident', id, due_at from given where due_at is not null
     on conflict (project_id, kind, subject_id) do update set due_at = excluded.due_at`,
    [
      project,
      changes.map((change) => change.incidentId),
      changes.map((change) => (change.dueAt === null ? null : isoOf(change.dueAt))),
    ],
  )
}

/**
 * Re-creates every timer that is missing, from the incidents themselves, and returns how many.
 * Timers are work: losing the table loses nothing.
 */
export async function restoreTimers(db: Db, project: ProjectId): Promise<number> {
  const { rows } = await db.query(
    `insert into timers (project_id, kind, subject_id, due_at)
     select project_id, 'incident', id, next_due_at from incident_state
     where project_id = $1 and status = 'open' and next_due_at is not null
     on conflict (project_id, kind, subject_id) do nothing returning 1`,
    [project],
  )
  return rows.length
}

/** Returns the incidents whose timers are due, the longest due first. */
export async function dueIncidents(
  db: Db,
  project: ProjectId,
  { now, limit }: { now: EpochMs; limit: number },
): Promise<IncidentId[]> {
  const { rows } = await db.query<{ subject_id: IncidentId }>(
    `select subject_id from timers
     where project_id = $1 and kind = 'incident' and due_at <= $2
     order by due_at limit $3`,
    [project, isoOf(now), limit],
  )
  return rows.map((row) => row.subject_id)
}

/** How many timers wait, and for how long the oldest has been due. */
export interface TimerFigures {
  readonly total: number
  readonly due: number
  /** Null when none is due. */
  readonly oldestDueAt: EpochMs | null
  /** The next that will be due; null when there is none. */
  readonly nextDueAt: EpochMs | null
}

/** Counts the timers of incidents at an instant. */
export async function countTimers(db: Db, project: ProjectId, now: EpochMs): Promise<TimerFigures> {
  const { rows } = await db.query<{
    total: number
    due: number
    oldest: Date | null
    next: Date | null
  }>(
    `select count(*)::float8 as total, count(*) filter (where due_at <= $2)::float8 as due,
       min(due_at) filter (where due_at <= $2) as oldest,
       min(due_at) filter (where due_at > $2) as next
     from timers where project_id = $1 and kind = 'incident'`,
    [project, isoOf(now)],
  )
  const { total, due, oldest, next } = rows[0]!
  return { total, due, oldestDueAt: epochOf(oldest), nextDueAt: epochOf(next) }
}

function epochOf(instant: Date | null): EpochMs | null {
  return instant === null ? null : (instant.getTime() as EpochMs)
}
