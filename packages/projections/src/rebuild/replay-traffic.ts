import {
  DAY_MS,
  type EpochMs,
  HOUR_MS,
  METRIC_SHARDS,
  plusMs,
  type ProjectId,
  type ShardSeq,
} from '@portcullis/contracts'
import { type BatchCells, unpackBatch } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { isoOf } from '../record.ts'
import { readBatches, type RecordedBatch, type ShardHead } from '../traffic/batches.ts'
import { type BucketKey, loadBuckets, saveBuckets } from '../traffic/bucket-rows.ts'
import { compactMinutes } from '../traffic/minutes.ts'
import { touchRoutes } from '../traffic/routes.ts'
import { recordApplied } from '../traffic/run-applied.ts'
import {
  bucketRowOf,
  foldInto,
  placeBucket,
  serviceKeyOf,
  type Windows,
} from '../traffic/windows.ts'

const BATCHES_MAX = 500

/** Longest for which a batch is overtaken by later ones of its run: a job that is tried again. */
const OVERTAKEN_MS_MAX = HOUR_MS

/** How far the traffic of a project is replayed. */
export interface ReplayedTraffic {
  readonly project: ProjectId
  /** Buckets that start earlier are left out: retention may have taken them. */
  readonly bucketsSince: EpochMs
}

/**
 * What a replay starts from: the batch before the oldest that is kept, or where the shard ends when
 * none is. The time is one that no later batch comes before.
 */
async function startOf(session: Db, project: ProjectId, shard: number): Promise<ShardHead> {
  const { rows } = await session.query<{ seq: number; recorded_at: number }>(
    `select coalesce(kept.seq - 1, head.seq)::float8 as seq,
       epoch_ms(coalesce(kept.recorded_at, head.recorded_at))::float8 as recorded_at
     from shard_heads as head left join lateral (
       select seq, recorded_at from metric_batches as batch
       where batch.project_id = head.project_id and batch.shard = head.shard
       order by batch.recorded_at, batch.seq limit 1) as kept on true
     where head.project_id = $1 and head.shard = $2`,
    [project, shard],
  )
  const start = rows[0]
  if (start === undefined) throw new Error(`project ${project} has no shard ${shard}`)
  return { shard, seq: start.seq as ShardSeq, recordedAt: start.recorded_at as EpochMs }
}

/** How far each shard was replayed, and how many batches that were. */
export interface TrafficReplayed {
  readonly shards: readonly ShardHead[]
  readonly batches: number
}

/**
 * Folds every batch that is kept, or those that follow what was replayed `before`, into the tables
 * that `session` sees.
 */
export async function replayTraffic(
  session: Db,
  given: ReplayedTraffic,
  before?: TrafficReplayed,
): Promise<TrafficReplayed> {
  const shards: ShardHead[] = []
  let batches = before?.batches ?? 0
  for (let shard = 0; shard < METRIC_SHARDS; shard += 1) {
    const start = await startOf(session, given.project, shard)
    if (before === undefined) await startMinutes(session, given.project, start)
    const after = before?.shards[shard] ?? start
    const head = await replayShard(session, given, after)
    batches += head.seq - after.seq
    await addForgottenNumbers(session, given.project, start)
    await replayMinutes(session, given.project, shard)
    shards.push(head)
  }
  return { shards, batches }
}

async function replayShard(
  session: Db,
  { project, bucketsSince }: ReplayedTraffic,
  start: ShardHead,
): Promise<ShardHead> {
  const { shard } = start
  let head = start
  for (;;) {
    const range = { after: head, limit: BATCHES_MAX }
    const batches = await readBatches(session, { project, shard }, range)
    const last = batches.at(-1)
    if (last === undefined) return head
    await foldChunk(session, { project, shard, bucketsSince }, batches)
    head = { shard, seq: last.seq, recordedAt: last.recordedAt }
  }
}

async function foldChunk(
  session: Db,
  { project, shard, bucketsSince }: ReplayedTraffic & { shard: number },
  batches: readonly RecordedBatch[],
): Promise<void> {
  const windows: Windows = new Map()
  const opened = batches.map((batch) => ({ ...batch, cells: cellsOf(batch) }))
  await touchSeen(session, project, opened)
  for (const { cells } of opened) {
    for (const start of cells.keys()) if (start < bucketsSince) cells.delete(start)
  }
  const keys = touchedBy(opened)
  for (const row of await loadBuckets(session, { project, shard }, keys)) placeBucket(windows, row)
  for (const batch of opened) foldInto(windows, batch)
  await saveBuckets(
    session,
    { project, shard },
    keys.map((key) => bucketRowOf(windows, key)),
  )
  await recordApplied(session, { project, shard }, batches)
}

type OpenBatch = Omit<RecordedBatch, 'cells'> & { readonly cells: BatchCells }

/** Records the routes of batches, once for each day: a statement for each batch took half the time. */
async function touchSeen(
  session: Db,
  project: ProjectId,
  batches: readonly OpenBatch[],
): Promise<void> {
  for (const sameDay of Map.groupBy(batches, dayOf).values()) {
    const seen = [...Map.groupBy(sameDay, serviceKeyOf).values()].map((own) => {
      const { service, environment } = own[0]!
      const names = own.flatMap(({ cells }) =>
        [...cells.values()].flatMap((one) => [...one.keys()]),
      )
      return { service, environment, routes: [...new Set(names)] }
    })
    await touchRoutes(session, project, { seen, recordedAt: sameDay[0]!.recordedAt })
  }
}

/** The (UTC) day on which a batch was recorded. */
function dayOf({ recordedAt }: OpenBatch): number {
  return Math.floor(recordedAt / DAY_MS)
}

function cellsOf(batch: RecordedBatch): BatchCells {
  const unpacked = unpackBatch(batch.cells)
  if ('rejected' in unpacked) throw new Error(`batch ${batch.seq}: ${unpacked.rejected}`)
  return unpacked.cells
}

function touchedBy(batches: readonly OpenBatch[]): BucketKey[] {
  const keys = new Map<string, BucketKey>()
  for (const { service, environment, cells } of batches) {
    for (const bucketStart of cells.keys()) {
      keys.set(`${service}\n${environment}\n${bucketStart}`, { service, environment, bucketStart })
    }
  }
  return [...keys.values()]
}

/**
 * Numbers of batches that retention took cannot be recomputed: those are believed. Numbers may
 * overtake one another on their way, so that one is kept and a higher one is gone: all are believed up
 * to the first that is kept beyond those that came soon after the oldest kept batch.
 */
async function addForgottenNumbers(
  session: Db,
  project: ProjectId,
  { shard, seq, recordedAt }: ShardHead,
): Promise<void> {
  if (seq === 0) return
  await session.query(
    `update pg_temp.run_applied as rebuilt
     set applied = rebuilt.applied + stored.applied
       * int8multirange(int8range(null,
           lower(rebuilt.applied * int8multirange(int8range(first.highest + 1, null)))))
     from public.run_applied as stored left join (
       select run_id, max(run_number) as highest from metric_batches
       where project_id = $1 and shard = $2 and recorded_at between $3 and $4
       group by run_id) as first using (run_id)
     where rebuilt.project_id = $1 and rebuilt.shard = $2 and stored.project_id = $1
       and stored.shard = $2 and stored.run_id = rebuilt.run_id`,
    [project, shard, isoOf(recordedAt), isoOf(plusMs(recordedAt, OVERTAKEN_MS_MAX))],
  )
}

/** Where nothing was compacted since retention took what was, the live checkpoint is believed. */
async function startMinutes(session: Db, project: ProjectId, start: ShardHead): Promise<void> {
  const { shard, seq, recordedAt } = start
  await session.query(
    `insert into pg_temp.minute_heads (project_id, shard, seq, recorded_at)
     select $1::text, $2::smallint, $3::bigint, coalesce(
       (select recorded_at from public.minute_heads
        where project_id = $1 and shard = $2 and seq = $3 and seq > 0), $4::timestamptz)`,
    [project, shard, seq, seq === 0 ? 'epoch' : isoOf(recordedAt)],
  )
}

/** Compacts minutes as far as the live checkpoint has come. */
async function replayMinutes(session: Db, project: ProjectId, shard: number): Promise<void> {
  const { rows } = await session.query<{ seq: number }>(
    'select seq::float8 from public.minute_heads where project_id = $1 and shard = $2',
    [project, shard],
  )
  const through = rows[0]?.seq ?? 0
  let compacted = Infinity
  while (compacted > 0) compacted = await compactMinutes(session, project, { shard, through })
}
