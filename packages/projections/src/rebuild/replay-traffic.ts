import {
  DAY_MS,
  METRIC_SHARDS,
  type EpochMs,
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

/** How far the traffic of a project is replayed. */
export interface ReplayedTraffic {
  readonly project: ProjectId
  /** Buckets that start earlier are left out: retention may have taken them. */
  readonly bucketsSince: EpochMs
}

/** What a replay starts from: the batch before the oldest that is kept. */
async function startOf(session: Db, project: ProjectId, shard: number): Promise<ShardHead> {
  const { rows } = await session.query<{ seq: number; recorded_at: number }>(
    `select seq::float8, epoch_ms(recorded_at)::float8 as recorded_at from metric_batches
     where project_id = $1 and shard = $2 order by recorded_at, seq limit 1`,
    [project, shard],
  )
  const oldest = rows[0]
  if (oldest === undefined) return { shard, seq: 0 as ShardSeq, recordedAt: 0 as EpochMs }
  return {
    shard,
    seq: (oldest.seq - 1) as ShardSeq,
    recordedAt: oldest.recorded_at as EpochMs,
  }
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

/** Numbers of batches that retention took cannot be recomputed: those are believed. */
async function addForgottenNumbers(
  session: Db,
  project: ProjectId,
  { shard, seq }: ShardHead,
): Promise<void> {
  if (seq === 0) return
  await session.query(
    `update pg_temp.run_applied as rebuilt
     set applied = rebuilt.applied
       + stored.applied * int8multirange(int8range(null, lower(rebuilt.applied)))
     from public.run_applied as stored
     where rebuilt.project_id = $1 and rebuilt.shard = $2 and stored.project_id = $1
       and stored.shard = $2 and stored.run_id = rebuilt.run_id`,
    [project, shard],
  )
}

async function startMinutes(session: Db, project: ProjectId, start: ShardHead): Promise<void> {
  const { shard, seq, recordedAt } = start
  await session.query(
    'insert into pg_temp.minute_heads (project_id, shard, seq, recorded_at) values ($1, $2, $3, $4)',
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
  while (compacted > 0) compacted = await compactMinutes(session, project, shard, { through })
}
