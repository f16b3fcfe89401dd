import type {
  EnvironmentName,
  EpochMs,
  GatewayRunId,
  PrincipalId,
  ProjectId,
  ServiceName,
  ShardSeq,
  VersionName,
} from '@portcullis/contracts'
import { type Db, oneAhead } from '@portcullis/event-log'

import { isoOf } from '../record.ts'

/** A batch as it was folded at the edge, with routes beyond the cap counted as `OTHER` already. */
export interface MetricBatch {
  readonly owner: PrincipalId
  readonly batchId: string
  readonly run: GatewayRunId
  readonly number: number
  readonly service: ServiceName
  readonly environment: EnvironmentName
  readonly version: VersionName
  readonly receivedAt: EpochMs
  readonly observations: number
  /** Packed cells (domain, window). */
  readonly cells: Uint8Array
}

/** A batch with its place in its shard. */
export interface RecordedBatch extends MetricBatch {
  readonly seq: ShardSeq
  readonly recordedAt: EpochMs
}

/** How far a shard has come. */
export interface ShardHead {
  readonly shard: number
  readonly seq: ShardSeq
  readonly recordedAt: EpochMs
}

/**
 * Appends batches to their shard: advances its head row, whose lock gives seqs in commit order, and
 * stores each batch with the hash of its row. Returns the new head.
 */
export async function appendBatches(
  tx: Db,
  { project, shard }: { project: ProjectId; shard: number },
  batches: readonly MetricBatch[],
): Promise<ShardHead> {
  const { rows } = await tx.query<{ seq: string; recorded_at: Date }>({
    name: 'portcullis.append_batches',
    text: `select max(out_seq) as seq, max(out_recorded_at) as recorded_at
     from append_batches($1, $2::smallint, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    values: [
      project,
      shard,
      batches.map((batch) => batch.owner),
      batches.map((batch) => batch.batchId),
      batches.map((batch) => batch.run),
      batches.map((batch) => batch.number),
      batches.map((batch) => batch.service),
      batches.map((batch) => batch.environment),
      batches.map((batch) => batch.version),
      batches.map((batch) => isoOf(batch.receivedAt)),
      batches.map((batch) => batch.observations),
      batches.map((batch) => batch.cells),
    ],
  })
  const head = rows[0]!
  return {
    shard,
    seq: Number(head.seq) as ShardSeq,
    recordedAt: head.recorded_at.getTime() as EpochMs,
  }
}

/** Which batches of a shard are read. */
export interface BatchRange {
  readonly after: Omit<ShardHead, 'shard'>
  readonly limit: number
  /** Only those of a service in an environment. */
  readonly of?: { readonly service: ServiceName; readonly environment: EnvironmentName } | null
}

/**
 * Reads batches of a shard in the order of their seqs: those after `after`, at most `limit`. The
 * head time at `after` lets Postgres leave older partitions alone.
 */
export async function readBatches(
  db: Db,
  { project, shard }: { project: ProjectId; shard: number },
  { after, limit, of = null }: BatchRange,
): Promise<RecordedBatch[]> {
  const { rows } = await db.query<{
    seq: string
    recorded_at: Date
    owner: PrincipalId
    batch_id: string
    run_id: GatewayRunId
    run_number: string
    service: ServiceName
    environment: EnvironmentName
    version: VersionName
    received_at: Date
    observations: number
    cells: Buffer
  }>(
    `select seq, recorded_at, owner, batch_id, run_id, run_number, service, environment, version,
       received_at, observations, cells
     from metric_batches
     where project_id = $1 and shard = $2 and recorded_at >= $3 and seq > $4
       ${of === null ? '' : 'and service = $6 and environment = $7'}
     order by recorded_at, seq limit $5`,
    [
      ...[project, shard, isoOf(after.recordedAt), after.seq, limit],
      ...(of === null ? [] : [of.service, of.environment]),
    ],
  )
  return rows.map((row) => ({
    seq: Number(row.seq) as ShardSeq,
    recordedAt: row.recorded_at.getTime() as EpochMs,
    owner: row.owner,
    batchId: row.batch_id,
    run: row.run_id,
    number: Number(row.run_number),
    service: row.service,
    environment: row.environment,
    version: row.version,
    receivedAt: row.received_at.getTime() as EpochMs,
    observations: row.observations,
    cells: row.cells,
  }))
}

/** Batches that `batchesThrough` reads at a time. */
const BATCHES_READ = 500

/** Yields the batches of a shard in the order of their seqs, up to one of them; the next ones are on their way meanwhile. */
export async function* batchesThrough(
  db: Db,
  scope: { readonly project: ProjectId; readonly shard: number },
  range: Omit<BatchRange, 'limit'> & { readonly through: number },
): AsyncGenerator<RecordedBatch, void, undefined> {
  for await (const batches of oneAhead(chunksThrough(db, scope, range))) yield* batches
}

async function* chunksThrough(
  db: Db,
  scope: { readonly project: ProjectId; readonly shard: number },
  { after, through, of = null }: Omit<BatchRange, 'limit'> & { readonly through: number },
): AsyncGenerator<RecordedBatch[], void, undefined> {
  let from = after
  for (;;) {
    const batches = await readBatches(db, scope, { after: from, limit: BATCHES_READ, of })
    const last = batches.at(-1)
    if (last === undefined || last.seq >= through) {
      yield batches.filter(({ seq }) => seq <= through)
      return
    }
    yield batches
    if (batches.length < BATCHES_READ) return
    from = last
  }
}

/** Locks a shard's head row until the transaction ends, and returns it with the database's present. */
export async function lockShard(
  tx: Db,
  project: ProjectId,
  shard: number,
): Promise<{ head: ShardHead; now: EpochMs }> {
  const { rows } = await tx.query<{ seq: string; recorded_at: Date; present: Date }>({
    name: 'portcullis.lock_shard',
    text: `select seq, recorded_at,
       greatest(date_trunc('milliseconds', clock_timestamp()), recorded_at) as present
     from shard_heads where project_id = $1 and shard = $2 for update`,
    values: [project, shard],
  })
  const row = rows[0]
  if (row === undefined) throw new Error(`project ${project} has no shard ${shard}`)
  const head = {
    shard,
    seq: Number(row.seq) as ShardSeq,
    recordedAt: row.recorded_at.getTime() as EpochMs,
  }
  return { head, now: row.present.getTime() as EpochMs }
}
