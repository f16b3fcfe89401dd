import {
  BUCKET_MS,
  DAY_MS,
  DEFAULT_ENVIRONMENT,
  DEFAULT_PROJECT,
  type EpochMs,
  MINUTE_MS,
  minuteStartOf,
  plusMs,
  type ServiceName,
} from '@portcullis/contracts'
import type { Span } from '@portcullis/domain'
import { hashOfBatch } from '@portcullis/event-log'
import { isoOf } from '@portcullis/projections'
import type { Pool } from 'pg'

import { minuteShapes, REQUESTS_OF_BUCKET, SERVICES, VERSION } from './minute-shapes.ts'
import { PackedColumn } from './packed-column.ts'
import { packedTable } from './packed-group.ts'

/** From the end of a bucket until its batch is recorded. */
const RECORDED_AFTER_MS = 300
const RUN = '00000000-0000-4000-8000-000000000001'
const BATCHES_AT_ONCE = 1_000

/**
 * Writes a batch of every service for every ten seconds of a span, as `append_batches` would have at the
 * time, with the days' partitions; then they are in the minutes (`writeMinutes`) as far as heads
 * say. Returns how many.
 */
export async function writeBatches(pool: Pool, span: Span): Promise<number> {
  await makePartitions(pool, span)
  let written = 0
  for (const [shard, service] of SERVICES.entries()) {
    const batches = new Batches(shard, service)
    let inserted: Promise<unknown> = Promise.resolve()
    for (let at = span.from; at < span.to; at = plusMs(at, BUCKET_MS)) {
      batches.add(at)
      if (batches.size < BATCHES_AT_ONCE && plusMs(at, BUCKET_MS) < span.to) continue
      const some = batches.take()
      // The next ones are made while the server writes these.
      await inserted
      inserted = pool.query(INSERT, some)
    }
    await inserted
    const newest = recordedAtOf(plusMs(span.to, -BUCKET_MS))
    await setHeads(pool, { shard, seq: batches.seq, recordedAt: newest })
    written += batches.seq
  }
  return written
}

/** Says how far a shard has come, all of it in the minutes. */
export async function setHeads(
  pool: Pool,
  { shard, seq, recordedAt }: { shard: number; seq: number; recordedAt: EpochMs },
): Promise<void> {
  for (const table of ['shard_heads', 'minute_heads']) {
    await pool.query(
      `update ${table} set seq = $3, recorded_at = $4 where project_id = $1 and shard = $2`,
      [DEFAULT_PROJECT, shard, seq, isoOf(recordedAt)],
    )
  }
}

const INSERT = `insert into metric_batches (project_id, shard, seq, recorded_at, owner, batch_id, run_id,
    run_number, service, environment, version, received_at, observations, cells, hash)
  select $1, $2::smallint, seq, recorded_at, 'key_bench', batch_id, $3::uuid, seq, $4, $5, $6,
    recorded_at, $7::int, substring($8::bytea from place for size), decode(hash, 'hex')
  from unnest($9::bigint[], $10::timestamptz[], $11::text[], $12::text[], $13::int[], $14::int[])
    as given (seq, recorded_at, batch_id, hash, place, size)`

/** Batches of a service that are written together. */
class Batches {
  readonly #shard: number
  readonly #service: ServiceName
  readonly #shapeOf: ReturnType<typeof minuteShapes>
  #cells = new PackedColumn()
  #rows: { seq: number; at: string; batchId: string; hash: string }[] = []
  seq = 0

  constructor(shard: number, service: ServiceName) {
    this.#shard = shard
    this.#service = service
    this.#shapeOf = minuteShapes(service)
  }

  get size(): number {
    return this.#rows.length
  }

  add(start: EpochMs): void {
    const seq = (this.seq += 1)
    const { batches } = this.#shapeOf(minuteStartOf(start))
    const batch = batches[(start % MINUTE_MS) / BUCKET_MS]!
    const cells = packedTable([[start / BUCKET_MS, batch]])
    const recordedAt = recordedAtOf(start)
    const batchId = `${this.#service}-${seq}`
    this.#cells.add(cells)
    const hash = hashOfBatch(DEFAULT_PROJECT, {
      ...{ shard: this.#shard, seq, recorded_at: recordedAt / 1_000, owner: 'key_bench' },
      ...{ batch_id: batchId, run_id: RUN, run_number: seq, service: this.#service },
      ...{ environment: DEFAULT_ENVIRONMENT, version: VERSION, received_at: recordedAt / 1_000 },
      ...{ observations: REQUESTS_OF_BUCKET, cells, hash: '' },
    })
    this.#rows.push({ seq, at: isoOf(recordedAt), batchId, hash })
  }

  /** Returns the values of `INSERT`, and begins anew. */
  take(): unknown[] {
    const { bytes, places, sizes } = this.#cells.take()
    const rows = this.#rows
    this.#rows = []
    return [
      ...[DEFAULT_PROJECT, this.#shard, RUN, this.#service, DEFAULT_ENVIRONMENT, VERSION],
      ...[REQUESTS_OF_BUCKET, bytes],
      ...[rows.map(({ seq }) => seq), rows.map(({ at }) => at)],
      ...[rows.map(({ batchId }) => batchId), rows.map(({ hash }) => hash)],
      ...[places, sizes],
    ]
  }
}

function recordedAtOf(start: EpochMs): EpochMs {
  return plusMs(start, BUCKET_MS + RECORDED_AFTER_MS)
}

/** Of the days in which the batches of a span are recorded, as the aggregator makes them. */
async function makePartitions(pool: Pool, { from, to }: Span): Promise<void> {
  for (let day = from - (from % DAY_MS); day < to + MINUTE_MS; day += DAY_MS) {
    const [begin, end] = [day, day + DAY_MS].map((at) => isoOf(at as EpochMs)) as [string, string]
    const name = `metric_batches_${begin.slice(0, 'yyyy-mm-dd'.length).replaceAll('-', '')}`
    await pool.query(`create table if not exists ${name} partition of metric_batches
      for values from ('${begin}') to ('${end}')`)
  }
}
