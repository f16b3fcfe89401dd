import {
  DAY_MS,
  type EpochMs,
  MINUTE_MS,
  OBSERVATION_AGE_MS_MAX,
  plusMs,
  type ProjectId,
} from '@portcullis/contracts'
import {
  BATCH_HEAD_BYTES,
  type BatchCells,
  oldestBucketOf,
  type Span,
  unpackBatch,
} from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { isoOf } from '../record.ts'
import type { ShardHead } from './batches.ts'
import type { ServiceScope } from './windows.ts'

/** Which batches are looked through, and for what. */
export interface SpanRange {
  readonly after: { readonly seq: number; readonly recordedAt: EpochMs }
  readonly through: ShardHead
  readonly scope: ServiceScope
  /** Buckets that begin in it. */
  readonly span: Span
}

/** Batches that one statement reads. */
const BATCHES_READ = 200

/** A request that is counted was so old at most when it came; a batch may wait for long before it is recorded. */
const LATE_MS_MAX = OBSERVATION_AGE_MS_MAX + DAY_MS

/** A sender's clock may be two minutes ahead of a gateway's, whose own may be ahead of the database's. */
export const AHEAD_MS = 5 * MINUTE_MS

/**
 * Returns those buckets of a service's batches that begin in a span of time, a table for each batch. Nearly all batches are
 * passed over by their first bytes: they hold later requests.
 */
export async function batchesInSpan(
  tx: Db,
  project: ProjectId,
  { after, through, scope: { service, environment }, span: { from, to } }: SpanRange,
): Promise<BatchCells[]> {
  const { shard } = through
  const since = Math.max(after.recordedAt, from - AHEAD_MS) as EpochMs
  const { rows } = await tx.query<{ seq: string; recorded_at: Date; head: Buffer }>(
    `select seq, recorded_at, substring(cells for ${BATCH_HEAD_BYTES}) as head from metric_batches
     where project_id = $1 and shard = $2 and recorded_at >= $3 and recorded_at <= $4
       and seq > $5 and seq <= $6 and service = $7 and environment = $8`,
    [
      ...[project, shard, isoOf(since), isoOf(plusMs(to, LATE_MS_MAX))],
      ...[after.seq, through.seq, service, environment],
    ],
  )
  const reaching = rows.filter(({ head }) => oldestBucketOf(head) < to)
  const found: BatchCells[] = []
  for (let at = 0; at < reaching.length; at += BATCHES_READ) {
    const some = reaching.slice(at, at + BATCHES_READ)
    const { rows: batches } = await tx.query<{ cells: Buffer }>(
      `select cells from unnest($3::timestamptz[], $4::bigint[]) as given (recorded_at, seq)
       join metric_batches using (recorded_at, seq) where project_id = $1 and shard = $2`,
      [
        ...[project, shard],
        ...[some.map(({ recorded_at: then }) => then), some.map(({ seq }) => seq)],
      ],
    )
    for (const { cells } of batches) found.push(cellsIn(cells, { from, to }))
  }
  return found
}

function cellsIn(bytes: Uint8Array, { from, to }: Span): BatchCells {
  const unpacked = unpackBatch(bytes)
  if ('rejected' in unpacked) throw new Error(`a stored batch: ${unpacked.rejected}`)
  for (const start of unpacked.cells.keys()) {
    if (start < from || start >= to) unpacked.cells.delete(start)
  }
  return unpacked.cells
}
