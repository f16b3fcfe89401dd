import { DAY_MS, type EpochMs, HOUR_MS, type ProjectId, systemMeta } from '@portcullis/contracts'
import { type Db, inTransaction, type NewEvent, sealStream } from '@portcullis/event-log'
import {
  appendAndFold,
  COMPACTED_UNTIL,
  hashOfDay,
  readSeals,
  type Seal,
} from '@portcullis/projections'
import type { Pool } from 'pg'

/** Batches may come late by so much; a day that ended longer ago is sealed. */
const SEAL_AFTER_MS = 48 * HOUR_MS

/** Far longer than a transaction: a day that is younger by this is not sealed while one runs. */
const MARGIN_MS = HOUR_MS

/** From the beginning of a day until it is sealed. */
const FINAL_AFTER_MS = DAY_MS + SEAL_AFTER_MS

/** Days that one round seals at most. */
const DAYS_MAX = 3

/**
 * Seals the minutes of days that are final: an event carries the hash of what they hold, so that a
 * later change of them is found. Returns the days, `YYYY-MM-DD`.
 */
export async function sealDays(
  pool: Pool,
  project: ProjectId,
  now: Date,
  stopping: AbortSignal,
): Promise<string[]> {
  const sealed: string[] = []
  for (const dayStart of await unsealedDays(pool, project, now)) {
    if (stopping.aborted) break
    const wasSealed = await inTransaction(pool, (tx) => sealDay(tx, project, dayStart))
    if (wasSealed) sealed.push(new Date(dayStart).toISOString().slice(0, 10))
  }
  return sealed
}

/**
 * Of days whose minutes are about to change, returns the seals of those that are sealed, and holds all
 * seals still until the transaction ends. A day that is not what its seal says is left out: what
 * somebody altered must not be sealed as it is now.
 */
export async function openSeals(
  tx: Db,
  project: ProjectId,
  days: readonly EpochMs[],
): Promise<Seal[]> {
  const { rows } = await tx.query<{ day: Date }>(
    `select day from unnest($1::timestamptz[]) as day where day < clock_timestamp() - $2::interval`,
    [days.map((day) => new Date(day)), `${FINAL_AFTER_MS - MARGIN_MS} milliseconds`],
  )
  if (rows.length === 0) return []
  await holdSeals(tx, project)
  const intact: Seal[] = []
  const old = rows.map((row) => row.day.getTime() as EpochMs)
  for (const seal of await readSeals(tx, project, old)) {
    const found = await hashOfDay(tx, project, seal.dayStart)
    if (found.rows === seal.rows && found.hash === seal.hash) intact.push(seal)
  }
  return intact
}

/** Seals days again that `openSeals` returned, as they are now. */
export async function sealAgain(tx: Db, project: ProjectId, seals: readonly Seal[]): Promise<void> {
  for (const { dayStart, version } of seals) {
    await appendSeal(tx, project, { dayStart, version: version + 1 })
  }
}

async function unsealedDays(db: Db, project: ProjectId, now: Date): Promise<EpochMs[]> {
  // Not before all is compacted that was folded in time: there is always something newer that is not.
  const { rows } = await db.query<{ day: Date }>(
    `select day from generate_series(
       (select date_trunc('day', min(hour_start), 'UTC') from metric_minutes where project_id = $1),
       least($2::timestamptz, ${COMPACTED_UNTIL}) - $3::interval, interval '24 hours') as day
     where exists (select from metric_minutes where project_id = $1
         and hour_start >= day and hour_start < day + interval '24 hours')
       and not exists (select from events where project_id = $1
         and stream_id = 'seal-' || to_char(day at time zone 'UTC', 'YYYY-MM-DD'))
     order by day limit $4`,
    [project, now, `${FINAL_AFTER_MS} milliseconds`, DAYS_MAX],
  )
  return rows.map((row) => row.day.getTime() as EpochMs)
}

async function sealDay(tx: Db, project: ProjectId, dayStart: EpochMs): Promise<boolean> {
  await holdSeals(tx, project)
  const [known] = await readSeals(tx, project, [dayStart])
  if (known !== undefined) return false
  await appendSeal(tx, project, { dayStart, version: 1 })
  return true
}

/** Whoever seals a day, or changes the minutes of one that may be sealed, does so alone. */
async function holdSeals(tx: Db, project: ProjectId): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('portcullis.seals.' || $1, 0))`, [
    project,
  ])
}

async function appendSeal(
  tx: Db,
  project: ProjectId,
  { dayStart, version }: { dayStart: EpochMs; version: number },
): Promise<void> {
  const { rows, hash } = await hashOfDay(tx, project, dayStart)
  const seal: NewEvent = {
    streamId: sealStream(dayStart),
    version,
    event: { type: 'minutes.sealed', data: { dayStart, rows, hash } },
    meta: systemMeta('system'),
    occurredAt: (dayStart + DAY_MS) as EpochMs,
  }
  await appendAndFold(tx, project, [seal])
}
