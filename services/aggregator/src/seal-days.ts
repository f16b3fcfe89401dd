import { DAY_MS, type EpochMs, HOUR_MS, type ProjectId, systemMeta } from '@portcullis/contracts'
import { type Db, inTransaction, type NewEvent, sealStream } from '@portcullis/event-log'
import { appendAndFold, hashOfDay } from '@portcullis/projections'
import type { Pool } from 'pg'

/** Batches may come late by so much; a day that ended longer ago is final. */
export const SEAL_AFTER_MS = 48 * HOUR_MS

/** Days that one round seals at most. */
const DAYS_MAX = 3

/**
 * Seals the minutes of days that are final: an event carries the hash of what they hold, so that a
 * later change of them is found. Returns the days, `YYYY-MM-DD`.
 */
export async function sealDays(pool: Pool, project: ProjectId, now: Date): Promise<string[]> {
  const sealed: string[] = []
  for (const dayStart of await unsealedDays(pool, project, now)) {
    const wasSealed = await inTransaction(pool, (tx) => sealDay(tx, project, dayStart))
    if (wasSealed) sealed.push(new Date(dayStart).toISOString().slice(0, 10))
  }
  return sealed
}

async function unsealedDays(db: Db, project: ProjectId, now: Date): Promise<EpochMs[]> {
  const { rows } = await db.query<{ day: Date }>(
    `select day from (
       select distinct date_trunc('day', hour_start at time zone 'UTC') at time zone 'UTC' as day
       from metric_minutes where project_id = $1) as days
     where day < $2 and not exists (
       select from events where project_id = $1
         and stream_id = 'seal-' || to_char(day at time zone 'UTC', 'YYYY-MM-DD'))
       and (select min(minute_heads.recorded_at) from minute_heads join shard_heads using (project_id, shard)
         where project_id = $1 and minute_heads.seq < shard_heads.seq) is null
     order by day limit $3`,
    [project, new Date(now.getTime() - SEAL_AFTER_MS - DAY_MS), DAYS_MAX],
  )
  return rows.map((row) => row.day.getTime() as EpochMs)
}

async function sealDay(tx: Db, project: ProjectId, dayStart: EpochMs): Promise<boolean> {
  const { rows, hash } = await hashOfDay(tx, project, dayStart)
  if (rows === 0) return false
  const seal: NewEvent = {
    streamId: sealStream(dayStart),
    version: 1,
    event: { type: 'minutes.sealed', data: { dayStart, rows, hash } },
    meta: systemMeta('system'),
    occurredAt: (dayStart + DAY_MS) as EpochMs,
  }
  await appendAndFold(tx, project, [seal])
  return true
}
