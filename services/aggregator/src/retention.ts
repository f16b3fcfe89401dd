import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'
import { COMPACTED_UNTIL } from '@portcullis/projections'
import type { Clock, Config } from '@portcullis/runtime'

/** What is deleted when it is old enough. Truth is not among it, but for batches and minutes. */
interface Expiry {
  readonly table: string
  /** SQL condition on a row; `$1` is the instant before which rows are old, `$2` limits the rows. */
  readonly isOld: string
  readonly keptMs: number
}

/** Rows that one statement deletes: short enough to hold up nobody. */
const ROWS_MAX = 5_000

/** A round of deleting ends after so long; the next one goes on. */
const ROUND_MS_MAX = 20 * SECOND_MS

/** Windows look back 15 minutes, trends 5; the rest is for whoever verifies or debugs. */
const BUCKETS_KEPT_MS = 2 * HOUR_MS

/**
 * What the same gateway run told later. Of a run that lives on, its newest word is kept and the numbers
 * that it wrote off: without those they would be missed.
 */
const LATER_LEDGER = `select from gateway_ledger as later
  where later.project_id = gateway_ledger.project_id and later.run_id = gateway_ledger.run_id
    and later.shard = gateway_ledger.shard and later.written_at > gateway_ledger.written_at`

/** Batches go by whole days, so that the last of a day is kept for up to two days longer. */
const DROPPED_LATER_MS = 2 * DAY_MS

/** What kept batches say is not forgotten: a rebuild from them would bring it back. */
const NO_BATCHES = 'not exists (select from metric_batches where recorded_at < $1)'

function expiriesOf(retention: Config['retention']): readonly Expiry[] {
  const batchesKeptMs = retention.batchesDays * DAY_MS
  return [
    { table: 'route_buckets', isOld: 'bucket_start < $1', keptMs: BUCKETS_KEPT_MS },
    { table: 'inbox', isOld: 'recorded_at < $1', keptMs: retention.idsHours * HOUR_MS },
    {
      table: 'commands',
      isOld: "status <> 'waiting' and accepted_at < $1",
      keptMs: retention.commandsDays * DAY_MS,
    },
    { table: 'metric_minutes', isOld: 'hour_start < $1', keptMs: retention.minutesDays * DAY_MS },
    {
      table: 'metric_batches_default',
      isOld: `recorded_at < least($1, ${COMPACTED_UNTIL})`,
      keptMs: batchesKeptMs,
    },
    {
      table: 'routes',
      isOld: `last_day < ($1::timestamptz at time zone 'UTC')::date and ${NO_BATCHES}`,
      keptMs: batchesKeptMs + DROPPED_LATER_MS,
    },
    {
      table: 'run_applied',
      isOld: `last_recorded_at < $1 and ${NO_BATCHES}`,
      keptMs: batchesKeptMs + DROPPED_LATER_MS,
    },
    {
      table: 'gateway_ledger',
      isOld: `written_at < $1 and voided = '{}' and exists (${LATER_LEDGER})`,
      keptMs: HOUR_MS,
    },
    {
      table: 'gateway_ledger',
      isOld: `written_at < $1 and not exists (${LATER_LEDGER} and later.written_at >= $1)`,
      // A day before what was applied of the run is forgotten, or all of it would count as lost.
      keptMs: batchesKeptMs - DAY_MS,
    },
    { table: 'nonces', isOld: 'seen_at < $1', keptMs: 15 * MINUTE_MS },
    { table: 'sessions', isOld: 'expires_at < $1', keptMs: 0 },
    { table: 'rate_limits', isOld: 'resets_at < $1', keptMs: MINUTE_MS },
  ]
}

/**
 * Deletes what is past its retention, and returns how many rows that were: all of it, unless that
 * takes too long. One statement deletes a bounded number of rows, and tables take turns, so that a
 * large one keeps no other waiting.
 */
export async function expireRows(
  db: Db,
  {
    retention,
    now,
    clock,
    stopping,
  }: { retention: Config['retention']; now: Date; clock: Clock; stopping: AbortSignal },
): Promise<number> {
  const until = clock.now() + ROUND_MS_MAX
  let expired = 0
  let left = expiriesOf(retention)
  while (left.length > 0 && clock.now() < until) {
    const unfinished: Expiry[] = []
    for (const expiry of left) {
      if (stopping.aborted) return expired
      const deleted = await deleteSome(db, expiry, now)
      expired += deleted
      if (deleted === ROWS_MAX) unfinished.push(expiry)
    }
    left = unfinished
  }
  return expired
}

async function deleteSome(db: Db, { table, isOld, keptMs }: Expiry, now: Date): Promise<number> {
  const { rows } = await db.query(
    `delete from ${table} where ctid = any(array(
       select ctid from ${table} where ${isOld} limit $2)) returning 1`,
    [new Date(now.getTime() - keptMs), ROWS_MAX],
  )
  return rows.length
}
