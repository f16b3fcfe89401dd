import type { ProjectId } from '@portcullis/contracts'

import type { Db } from '../db.ts'

/** One entry of `batch-hashes.json`: a metric batch and its hash. */
export interface BatchVector {
  readonly project: ProjectId
  readonly shard: number
  readonly seq: number
  readonly recordedAt: number
  readonly owner: string
  readonly batchId: string
  readonly run: string
  readonly number: number
  readonly service: string
  readonly environment: string
  readonly version: string
  readonly receivedAt: number
  readonly observations: number
  /** base64 */
  readonly cells: string
  readonly hash: string
}

/** Has SQL append the batch of a vector, with the shard's head put where the vector begins. */
export async function insertBatch(db: Db, vector: BatchVector): Promise<void> {
  await db.query(
    'update shard_heads set seq = $3, recorded_at = $4 where project_id = $1 and shard = $2',
    [vector.project, vector.shard, vector.seq - 1, new Date(vector.recordedAt)],
  )
  await appendBatch(db, vector)
}

/** Has SQL append a batch after the last one of its shard. */
export async function appendBatch(
  db: Db,
  batch: Omit<BatchVector, 'seq' | 'recordedAt' | 'hash'>,
): Promise<void> {
  await db.query(
    `select from append_batches($1, $2::smallint, array[$3], array[$4], array[$5::uuid],
       array[$6::bigint], array[$7], array[$8], array[$9], array[$10::timestamptz],
       array[$11::integer], array[$12::bytea])`,
    [
      batch.project,
      batch.shard,
      batch.owner,
      batch.batchId,
      batch.run,
      batch.number,
      batch.service,
      batch.environment,
      batch.version,
      new Date(batch.receivedAt),
      batch.observations,
      Buffer.from(batch.cells, 'base64'),
    ],
  )
}
