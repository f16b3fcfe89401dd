import type { EpochMs, LogPosition, ProjectId } from '@portcullis/contracts'
import { type Db, inTransaction, type LogHead } from '@portcullis/event-log'
import type { Pool } from 'pg'

import { isoOf } from '../record.ts'

/** Why nothing can be said of an instant. */
export type NoPast =
  | { readonly rejected: 'in_future'; readonly now: EpochMs }
  /** `beganAt` is null where nothing was ever recorded: no event, and no batch. */
  | { readonly rejected: 'before_the_log'; readonly beganAt: EpochMs | null }
  /** Neither the batches nor the minutes of then are kept. */
  | { readonly rejected: 'no_longer_kept'; readonly keptSince: EpochMs }
  | { readonly rejected: 'unknown_heads' }

/** Where the log ended at an instant, by its own times, and the database's present. */
export interface LogThen {
  readonly log: LogHead
  readonly now: EpochMs
}

/** An instant of a project's past. */
export interface Instant {
  readonly project: ProjectId
  readonly at: EpochMs
  /** Up to when the log counts; by default up to the same instant. */
  readonly through?: EpochMs
}

/** All that is read is of one snapshot. */
const SNAPSHOT = 'begin isolation level repeatable read read only'

/** Reads what there was at an instant, all of it from one snapshot; or returns why nothing can be said of it. */
export async function inPast<Result>(
  pool: Pool,
  { project, at, through = at }: Instant,
  read: (tx: Db, then: LogThen) => Promise<Result | NoPast>,
): Promise<Result | NoPast> {
  return inTransaction(
    pool,
    async (tx) => {
      const found = await logThen(tx, { project, at, through })
      return 'rejected' in found ? found : read(tx, found)
    },
    SNAPSHOT,
  )
}

/** Returns where the log ended at an instant, or why nothing can be said of it. */
export async function logThen(
  tx: Db,
  { project, at, through }: Required<Instant>,
): Promise<LogThen | NoPast> {
  const { rows } = await tx.query<{
    present: EpochMs
    position: LogPosition | null
    recorded_at: EpochMs
  }>(
    `select epoch_ms(date_trunc('milliseconds', clock_timestamp()))::float8 as present,
       newest.position::float8, epoch_ms(newest.recorded_at)::float8 as recorded_at
     from (select) as one left join lateral (
       select position, recorded_at from events where project_id = $1 and recorded_at <= $2
       order by recorded_at desc, position desc limit 1) as newest on true`,
    [project, isoOf(through)],
  )
  const { present: now, position, recorded_at: recordedAt } = rows[0]!
  if (at > now) return { rejected: 'in_future', now }
  if (position !== null) return { log: { position, recordedAt }, now }
  const beganAt = await beganAtOf(tx, project)
  if (beganAt === null || beganAt > through) return { rejected: 'before_the_log', beganAt }
  // Batches came before the first event.
  return { log: { position: 0 as LogPosition, recordedAt: 0 as EpochMs }, now }
}

/** When the first event, or the first batch that is kept, was recorded. */
async function beganAtOf(tx: Db, project: ProjectId): Promise<EpochMs | null> {
  const { rows } = await tx.query<{ began_at: EpochMs | null }>(
    `select epoch_ms(least(
       (select recorded_at from events where project_id = $1 order by position limit 1),
       (select min(oldest.recorded_at) from shard_heads as head cross join lateral (
          select recorded_at from metric_batches
          where project_id = head.project_id and shard = head.shard
          order by recorded_at, seq limit 1) as oldest
        where head.project_id = $1)))::float8 as began_at`,
    [project],
  )
  return rows[0]!.began_at
}
