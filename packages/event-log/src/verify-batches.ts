import type { EpochMs, ProjectId, ShardSeq } from '@portcullis/contracts'

import { BATCH_COLUMNS, type BatchRow, hashOfBatch } from './batch-hash.ts'
import type { Db } from './db.ts'

/**
 * What is wrong with a batch: it is missing between two others (`gap`), its row is not what was
 * written (`content`), its times run backwards or are too fine (`time`), or the shard's head is not
 * that of its last batch (`head`).
 */
export type BatchFault = 'gap' | 'content' | 'time' | 'head'

export interface BatchMismatch {
  readonly shard: number
  readonly seq: ShardSeq
  readonly fault: BatchFault
  readonly detail: string
}

export interface BatchReport {
  readonly batches: number
  /** The first mismatch of the first shard that has one; null when none has. */
  readonly mismatch: BatchMismatch | null
}

type CheckedBatch = BatchRow & { readonly whole_ms: boolean } & Record<string, unknown>

interface ShardHead extends Record<string, unknown> {
  readonly shard: number
  readonly seq: number
  /** Seconds since 1970. */
  readonly recorded_at: number
  /** Whether retention cannot have taken its last batch yet. */
  readonly must_be_kept: boolean
}

/** The last batch that was found good. */
interface Known {
  readonly seq: number
  /** Seconds since 1970. */
  readonly recordedAt: number
}

/** Cells of a batch may have some MiB: few rows at a time keep memory bounded. */
const CHUNK_SIZE = 100

/** The shortest retention that can be set (PORTCULLIS_KEEP_BATCHES_DAYS) is twice that. */
const KEPT_AT_LEAST = "interval '1 day'"

/**
 * Recomputes the hash of every metric batch that is kept, and checks sequence numbers, times and the
 * heads of the shards. Retention takes whole days from the oldest end, so a shard may begin at any
 * number, but nothing may be missing behind its first; and a shard that was written to since
 * `keptSince`, the instant up to which retention deletes, must have its last batch. Batches may come
 * in meanwhile.
 */
export async function verifyBatches(
  db: Db,
  project: ProjectId,
  keptSince?: EpochMs,
): Promise<BatchReport> {
  const { rows: heads } = await db.query<ShardHead>(
    `select shard, seq::float8, date_part('epoch', recorded_at) as recorded_at,
       recorded_at > coalesce($2, clock_timestamp() - ${KEPT_AT_LEAST}) as must_be_kept
     from shard_heads where project_id = $1 order by shard`,
    [project, keptSince === undefined ? null : new Date(keptSince)],
  )
  let batches = 0
  for (const head of heads) {
    const report = await verifyShard(db, project, head)
    batches += report.batches
    if (report.mismatch !== null) return { batches, mismatch: report.mismatch }
  }
  return { batches, mismatch: await findStray(db, project) }
}

async function verifyShard(db: Db, project: ProjectId, head: ShardHead): Promise<BatchReport> {
  let known: Known | null = null
  let batches = 0
  for (;;) {
    const rows = await loadRows(db, project, head, known)
    for (const row of rows) {
      const mismatch = checkRow(project, row, known)
      if (mismatch !== null) return { batches, mismatch }
      known = { seq: row.seq, recordedAt: row.recorded_at }
      batches += 1
    }
    if (rows.length < CHUNK_SIZE) return { batches, mismatch: checkHead(head, known) }
  }
}

async function loadRows(
  db: Db,
  project: ProjectId,
  head: ShardHead,
  known: Known | null,
): Promise<CheckedBatch[]> {
  const { rows } = await db.query<CheckedBatch>(
    `select ${BATCH_COLUMNS},
       date_trunc('milliseconds', received_at) = received_at
         and date_trunc('milliseconds', recorded_at) = recorded_at as whole_ms
     from metric_batches
     where project_id = $1 and shard = $2 and seq <= $3
       and (metric_batches.recorded_at, metric_batches.seq) > (coalesce(to_timestamp($4), '-infinity'), $5)
     order by metric_batches.recorded_at, metric_batches.seq limit $6`,
    [project, head.shard, head.seq, known?.recordedAt ?? null, known?.seq ?? 0, CHUNK_SIZE],
  )
  return rows
}

function checkRow(
  project: ProjectId,
  row: CheckedBatch,
  known: Known | null,
): BatchMismatch | null {
  if (hashOfBatch(project, row) !== row.hash) {
    return faultAt(row.shard, row.seq, 'content', 'is not what was written')
  }
  if (!row.whole_ms)
    return faultAt(row.shard, row.seq, 'time', 'has a time finer than milliseconds')
  if (known !== null && row.seq <= known.seq) {
    return faultAt(row.shard, row.seq, 'time', 'was recorded after a later one')
  }
  if (known !== null && row.seq !== known.seq + 1) {
    return faultAt(row.shard, known.seq + 1, 'gap', 'is missing')
  }
  return null
}

function checkHead(head: ShardHead, last: Known | null): BatchMismatch | null {
  if (last === null) {
    // Retention may have taken every batch of a shard that fell silent.
    return head.must_be_kept ? faultAt(head.shard, head.seq, 'gap', 'is missing') : null
  }
  if (last.seq !== head.seq) return faultAt(head.shard, last.seq + 1, 'gap', 'is missing')
  if (last.recordedAt === head.recorded_at) return null
  return faultAt(head.shard, head.seq, 'head', 'was not recorded when its shard says')
}

/** Finds a batch that lies beyond its shard's head or in no shard at all. */
async function findStray(db: Db, project: ProjectId): Promise<BatchMismatch | null> {
  const { rows } = await db.query<{ shard: number; seq: number }>(
    `select shard, batch.seq::float8 from metric_batches as batch
     left join shard_heads as head using (project_id, shard)
     where project_id = $1 and (head.seq is null or batch.seq > head.seq or batch.seq < 1) limit 1`,
    [project],
  )
  const stray = rows[0]
  if (stray === undefined) return null
  return faultAt(stray.shard, stray.seq, 'head', 'is not within its shard')
}

function faultAt(shard: number, seq: number, fault: BatchFault, what: string): BatchMismatch {
  const detail = `Batch ${seq} of shard ${shard} ${what}.`
  return { shard, seq: seq as ShardSeq, fault, detail }
}
