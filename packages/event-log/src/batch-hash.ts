import { createHash } from 'node:crypto'

import type { ProjectId } from '@portcullis/contracts'

import { netstring } from './netstring.ts'
import { millisecondsOf } from './stored-event.ts'

/** Columns of `metric_batches` as they are read for checking and for export. */
export const BATCH_COLUMNS = `shard, seq::float8, date_part('epoch', recorded_at) as recorded_at,
  owner, batch_id, run_id, run_number::float8, service, environment, version,
  date_part('epoch', received_at) as received_at, observations, cells,
  encode(hash, 'hex') as hash`

/** A row of `metric_batches` as `BATCH_COLUMNS` reads it. */
export interface BatchRow {
  readonly shard: number
  readonly seq: number
  /** Seconds since 1970. */
  readonly recorded_at: number
  readonly owner: string
  readonly batch_id: string
  readonly run_id: string
  readonly run_number: number
  readonly service: string
  readonly environment: string
  readonly version: string
  /** Seconds since 1970. */
  readonly received_at: number
  readonly observations: number
  readonly cells: Buffer
  /** Hex. */
  readonly hash: string
}

/**
 * Returns the hash of a batch's row, in hex: SHA-256 over netstrings of every other column. Batches
 * are not chained: shards are written side by side, and retention drops the oldest. The SQL function
 * `append_batches` computes the same.
 */
export function hashOfBatch(project: ProjectId, batch: BatchRow): string {
  const texts = [
    'portcullis.batch.1',
    project,
    String(batch.shard),
    String(batch.seq),
    String(millisecondsOf(batch.recorded_at)),
    batch.owner,
    batch.batch_id,
    batch.run_id,
    String(batch.run_number),
    batch.service,
    batch.environment,
    batch.version,
    String(millisecondsOf(batch.received_at)),
    String(batch.observations),
  ]
  return createHash('sha256')
    .update(texts.map(netstring).join(''))
    .update(`${batch.cells.length}:`)
    .update(batch.cells)
    .update(',')
    .digest('hex')
}
