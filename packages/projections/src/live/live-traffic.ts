import {
  bucketStartOf,
  type EpochMs,
  MINUTE_MS,
  plusMs,
  type ProjectId,
  type RouteName,
} from '@portcullis/contracts'
import { type KeptBuckets, unpackBatch, WINDOW_BUCKETS, windowStartOf } from '@portcullis/domain'
import { inTransaction } from '@portcullis/event-log'
import type { Pool } from 'pg'

import { readBatches, type ShardHead } from '../traffic/batches.ts'
import { loadBucketsSince } from '../traffic/bucket-rows.ts'
import {
  adoptInto,
  placeBucket,
  serviceKeyOf,
  slideWindows,
  type Windows,
} from '../traffic/windows.ts'

/** A tail that is longer is not read: loading the buckets again is cheaper. */
const TAIL_MAX = 500

/** Beyond that age, requests may belong to what rules compare with: an hour ago and more. */
const LATE_MS = 45 * MINUTE_MS

/** The newest traffic of one shard, held in memory. */
export interface ShardTraffic {
  readonly head: ShardHead
  readonly windows: Windows
  /** Start of the bucket that was running when the windows slid last. */
  readonly slidTo: EpochMs
  /** Services whose routes changed since they were last asked for; see `RouteHealths.forget`. */
  readonly changed: Map<string, Set<RouteName> | 'all'>
  /** Services of which something came that is older than windows; see `LivePast`. */
  readonly late: Set<string>
}

/** A shard's traffic as it is known, and where the shard stands. */
interface ShardLook {
  readonly traffic: ShardTraffic | undefined
  readonly head: ShardHead
  readonly now: EpochMs
}

/** Whether nothing came and no bucket began since the shard was followed, so that there is nothing to do. */
export function isFollowed({ traffic, head, now }: ShardLook): boolean {
  if (traffic === undefined) return false
  return head.seq <= traffic.head.seq && bucketStartOf(now) <= traffic.slidTo
}

/**
 * Brings one shard's traffic to its present head: folds the batches that followed, by the same
 * function that wrote the buckets, or loads the buckets when there is nothing to go on from. Keeps
 * no more of it than `kept` says.
 */
export async function followShard(
  pool: Pool,
  project: ProjectId,
  { traffic, head, now }: ShardLook,
  kept?: KeptBuckets,
): Promise<ShardTraffic> {
  if (traffic === undefined || head.seq - traffic.head.seq > TAIL_MAX) {
    const loaded = await loadShard(pool, project, { shard: head.shard, now })
    slideWindows(loaded.windows, now, kept)
    return loaded
  }
  if (head.seq > traffic.head.seq) await foldTail(pool, project, { traffic, head })
  slideWindows(traffic.windows, now, kept)
  // A head that was seen before another one may be followed after it.
  return {
    ...traffic,
    head: head.seq < traffic.head.seq ? traffic.head : head,
    slidTo: bucketStartOf(now),
  }
}

/** Returns the start of the oldest bucket that is kept at an instant. */
export function keptSince(now: EpochMs): EpochMs {
  return windowStartOf(now, WINDOW_BUCKETS.m15)
}

async function foldTail(
  pool: Pool,
  project: ProjectId,
  { traffic, head }: { traffic: ShardTraffic; head: ShardHead },
): Promise<void> {
  const scope = { project, shard: head.shard }
  const limit = head.seq - traffic.head.seq
  const batches = await readBatches(pool, scope, { after: traffic.head, limit })
  for (const batch of batches) {
    const unpacked = unpackBatch(batch.cells)
    if ('rejected' in unpacked) throw new Error(`batch ${batch.seq}: ${unpacked.rejected}`)
    adoptInto(traffic.windows, { ...batch, cells: unpacked.cells })
    const [oldest] = unpacked.cells.keys()
    if (oldest! < plusMs(batch.recordedAt, -LATE_MS)) traffic.late.add(serviceKeyOf(batch))
    const changed = changedOf(traffic, serviceKeyOf(batch))
    if (changed === 'all') continue
    for (const routes of unpacked.cells.values())
      for (const route of routes.keys()) changed.add(route)
  }
}

async function loadShard(
  pool: Pool,
  project: ProjectId,
  { shard, now }: { shard: number; now: EpochMs },
): Promise<ShardTraffic> {
  // One snapshot: the buckets hold exactly what the head says.
  const begin = 'begin isolation level repeatable read read only'
  return inTransaction(
    pool,
    async (tx) => {
      const { rows } = await tx.query<{ seq: number; recorded_at: number }>(
        `select seq::float8, epoch_ms(recorded_at)::float8 as recorded_at from shard_heads
         where project_id = $1 and shard = $2`,
        [project, shard],
      )
      const { seq, recorded_at } = rows[0]!
      const windows: Windows = new Map()
      for (const row of await loadBucketsSince(tx, { project, shard }, keptSince(now))) {
        placeBucket(windows, row)
      }
      const changed = new Map([...windows.keys()].map((key) => [key, 'all'] as const))
      const head = { shard, seq, recordedAt: recorded_at } as ShardHead
      const late = new Set(changed.keys())
      return { head, windows, slidTo: bucketStartOf(now), changed, late }
    },
    begin,
  )
}

function changedOf(traffic: ShardTraffic, key: string): Set<RouteName> | 'all' {
  const found = traffic.changed.get(key)
  if (found !== undefined) return found
  const changed = new Set<RouteName>()
  traffic.changed.set(key, changed)
  return changed
}
