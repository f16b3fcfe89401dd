import {
  type EnvironmentName,
  type EpochMs,
  plusMs,
  type ProjectId,
  type ServiceName,
} from '@portcullis/contracts'
import { unpackBatch } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { AHEAD_MS } from '../traffic/batches-in-span.ts'
import { batchesThrough, type RecordedBatch, type ShardHead } from '../traffic/batches.ts'
import type { OpenBatch } from '../traffic/windows.ts'

/** A batch with its cells, and when it was known. */
export interface ForwardBatch extends OpenBatch {
  readonly recordedAt: EpochMs
  readonly shard: number
  /** Null where it was made of stored minutes. */
  readonly batch: RecordedBatch | null
}

/** Traffic in the order in which it became known. */
export type ForwardTraffic = AsyncGenerator<ForwardBatch, void, undefined>

/** Whose traffic, and of which time. */
export interface TrafficRange {
  readonly service: ServiceName | null
  readonly environment: EnvironmentName
  readonly from: EpochMs
  readonly to: EpochMs
}

/** Yields the batches of some shards, up to their heads, as they were recorded. */
export async function* trafficFromBatches(
  db: Db,
  project: ProjectId,
  { heads, range }: { readonly heads: readonly ShardHead[]; readonly range: TrafficRange },
): ForwardTraffic {
  const { service, environment, from } = range
  const of = service === null ? null : { service, environment }
  const after = { seq: 0, recordedAt: plusMs(from, -AHEAD_MS) } as Omit<ShardHead, 'shard'>
  const sources = await Promise.all(
    heads.map(async ({ shard, seq }) => {
      const batches = batchesThrough(db, { project, shard }, { after, through: seq, of })
      return { shard, batches, next: await batches.next() }
    }),
  )
  for (;;) {
    const waiting = sources.filter(({ next }) => next.done !== true)
    if (waiting.length === 0) return
    const first = waiting.reduce((a, b) => (timeOf(b.next) < timeOf(a.next) ? b : a))
    const batch = first.next.value as RecordedBatch
    if (batch.environment === environment) {
      const unpacked = unpackBatch(batch.cells)
      if ('rejected' in unpacked) throw new Error(`batch ${batch.seq}: ${unpacked.rejected}`)
      yield { ...batch, cells: unpacked.cells, shard: first.shard, batch }
    }
    first.next = await first.batches.next()
  }
}

function timeOf(next: IteratorResult<RecordedBatch, void>): number {
  return next.value === undefined ? Infinity : next.value.recordedAt
}
