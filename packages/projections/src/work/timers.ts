import type {
  EpochMs,
  IncidentEvent,
  IncidentId,
  ProjectId,
  RecordedEvent,
} from '@portcullis/contracts'
import { DUE_EVENTS, incidentOfStream, incidentTimerAt, PASSING_EVENTS } from '@portcullis/domain'
import { type Db, incidentStream, readNewestOfStreams } from '@portcullis/event-log'

import type { RowCache } from '../apply-events.ts'
import { incidentModel, type IncidentRow } from '../incidents/model.ts'
import { isoOf, isoOrNull } from '../record.ts'

/** When to look at an incident again; null when only an event can make that necessary. */
export interface TimerChange {
  readonly incidentId: IncidentId
  readonly dueAt: EpochMs | null
}

/**
 * Moves the timers of the incidents that `events` touched to what their rows say now. An event that
 * says nothing new of the due time only ever brings a timer forward: an edit by SQL leaves one that is
 * due at once, and the look that it asks for is not to be lost before it happened.
 */
export async function scheduleTimers(
  tx: Db,
  project: ProjectId,
  { events, rows }: { events: readonly RecordedEvent[]; rows: RowCache },
): Promise<void> {
  const incidents = rows.get(incidentModel.table) as Map<string, IncidentRow> | undefined
  const moved = new Map<IncidentId, TimerChange>()
  const passed = new Map<IncidentId, TimerChange>()
  for (const event of events) {
    const row = incidents?.get(incidentOfStream(event.streamId) ?? '')
    if (row === undefined) continue
    const changes = (PASSING_EVENTS as readonly string[]).includes(event.type) ? passed : moved
    changes.set(row.id, { incidentId: row.id, dueAt: incidentTimerAt(row.state) })
  }
  await setTimers(tx, project, [...moved.values()])
  const others = [...passed.values()].filter(({ incidentId }) => !moved.has(incidentId))
  await bringForward(tx, project, others)
}

/** Makes timers fire no later than given; the caller holds the incidents' row locks. */
async function bringForward(
  tx: Db,
  project: ProjectId,
  changes: readonly TimerChange[],
): Promise<void> {
  const given = changes.filter(({ dueAt }) => dueAt !== null)
  if (given.length === 0) return
  await tx.query(
    `insert into timers (project_id, kind, subject_id, due_at)
     select $1, 'incident', id, due_at
     from unnest($2::uuid[], $3::timestamptz[]) as given (id, due_at)
     on conflict (project_id, kind, subject_id) do update set due_at = excluded.due_at
     where timers.due_at > excluded.due_at`,
    [
      project,
      given.map(({ incidentId }) => incidentId),
      given.map(({ dueAt }) => isoOrNull(dueAt)),
    ],
  )
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

/** Incidents without a timer that one restoration looks at, the oldest first. */
const RESTORED_MAX = 10_000

/**
 * Re-creates timers that are missing, and returns how many. Timers are work: losing the table loses
 * nothing. Each is due at once, and the look moves it to where it belongs: what asked for the one that
 * was lost is not known here. An incident without a due time needs none, unless an edit by SQL still
 * waits for its look: `isDue` tells.
 */
export async function restoreTimers(
  db: Db,
  project: ProjectId,
  isDue: (incident: IncidentRow, newest: IncidentEvent) => boolean,
): Promise<number> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select * from incident_state as incident
     where project_id = $1 and status = 'open' and not exists (
       select from timers where timers.project_id = incident.project_id
         and timers.kind = 'incident' and timers.subject_id = incident.id)
     order by first_seen limit $2`,
    [project, RESTORED_MAX],
  )
  const untimed = rows.map((record) => incidentModel.fromRecord(record))
  const newest = await newestDueEvents(
    db,
    project,
    untimed.filter(({ state }) => state.nextDueAt === null).map(({ id }) => id),
  )
  const missing = untimed.filter((row) => {
    const event = newest.get(row.id)
    return row.state.nextDueAt !== null || (event !== undefined && isDue(row, event))
  })
  const { rows: restored } = await db.query(
    `insert into timers (project_id, kind, subject_id, due_at)
     select $1, 'incident', id, clock_timestamp() from unnest($2::uuid[]) as id
     on conflict (project_id, kind, subject_id) do nothing returning 1`,
    [project, missing.map(({ id }) => id)],
  )
  return restored.length
}

/** Returns the newest event of each incident that says when it is due (`DUE_EVENTS`). */
export async function newestDueEvents(
  db: Db,
  project: ProjectId,
  incidents: readonly IncidentId[],
): Promise<Map<IncidentId, IncidentEvent>> {
  if (incidents.length === 0) return new Map()
  const streams = incidents.map(incidentStream)
  const newest = await readNewestOfStreams(db, project, { streams, ...DUE_EVENTS })
  return new Map(
    newest.map((event) => [
      incidentOfStream(event.streamId)!,
      event as RecordedEvent<IncidentEvent>,
    ]),
  )
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
