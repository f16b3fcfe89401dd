import {
  type EpochMs,
  inboxIdOf,
  type MetricBatchMessage,
  type NotificationId,
  type ProjectId,
  type ShardSeq,
} from '@portcullis/contracts'
import { type BatchCells, packBatch, unpackBatch } from '@portcullis/domain'
import { claimMessages, type Db, inTransaction, type NewEvent } from '@portcullis/event-log'
import {
  appendAndFold,
  appendBatches,
  areApplied,
  type BucketKey,
  type BucketRow,
  bucketRowOf,
  foldInto,
  hasBucket,
  loadBuckets,
  lockShard,
  type MetricBatch,
  placeBucket,
  recordApplied,
  type RowCache,
  saveBuckets,
  touchRoutes,
} from '@portcullis/projections'
import type { Pool } from 'pg'

import { capRoutes, type RouteLimits, unrecordedRoutes } from './cap-routes.ts'
import { capVersions, type VersionLimits } from './cap-versions.ts'
import { findReusedIds } from './find-reused-ids.ts'
import { rememberRows } from './shard-alarms.ts'
import { loadShardCache, type ShardCache, slideCache } from './shard-cache.ts'
import { voidDuplicates } from './void-duplicates.ts'

/** What folding needs from outside. */
export interface FoldContext {
  readonly pool: Pool
  readonly project: ProjectId
  readonly limits: RouteLimits & VersionLimits
  /** Decides what follows from changed windows: alarms, incidents, releases. */
  readonly judge: Judge
  /** Hears of batches that were left out because their ids had been used for other bodies. */
  readonly onReusedIds: (batchIds: readonly string[]) => void
}

/** What a batch was about. */
export interface FoldedBatch extends Pick<MetricBatch, 'service' | 'environment' | 'version'> {
  readonly cells: BatchCells
}

/** A transaction that has folded its batches, and is to decide what follows. */
export interface FoldedShard {
  readonly shard: number
  readonly cache: ShardCache
  /** New batches only. */
  readonly batches: readonly FoldedBatch[]
  /** The database's present. */
  readonly now: EpochMs
}

/** What follows, and the rows that were read and locked to decide it. */
export interface Judged {
  readonly pending: readonly NewEvent[]
  readonly rows: RowCache
}

export type Judge = (tx: Db, folded: FoldedShard) => Promise<Judged>

/** What a group led to. */
export interface Folded {
  readonly cache: ShardCache
  readonly observations: number
  readonly deliveries: readonly NotificationId[]
  /** Ids of batches that were left out, because they had been used for other bodies. */
  readonly reusedIds: readonly string[]
}

/** A batch that nobody has folded before, with its cells unpacked. */
interface OpenBatch extends MetricBatch {
  readonly open: BatchCells
}

/**
 * Folds the batches of one shard that arrived together, in one transaction: whatever is killed, each
 * of them is folded once and whole, or not at all.
 *
 * `remembered` is what an earlier group left behind; it is used only if nobody else folded a batch of
 * the shard since. It is changed in place: when this throws, forget it.
 *
 * Throws when a batch cannot be unpacked, which the caller's group commit traces to its job.
 */
export async function foldGroup(
  { pool, project, limits, judge }: FoldContext,
  shard: number,
  {
    remembered,
    messages,
  }: { remembered: ShardCache | undefined; messages: readonly MetricBatchMessage[] },
): Promise<Folded> {
  const unpacked = messages.map(openBatch)
  return inTransaction(pool, async (tx) => {
    // 1. Let nobody else fold this shard, and see where it stands.
    const { head, now } = await lockShard(tx, project, shard)
    const cache = await validCache(tx, { project, shard, remembered, seq: head.seq, now })
    // 2. Leave out what was folded before.
    const claimed = await claimBatches(tx, { project, shard, now }, { messages, unpacked })
    const duplicates = messages.filter((_, index) => !claimed.includes(unpacked[index]!))
    await voidDuplicates(tx, { project, shard }, { duplicates, now })
    const reusedIds = await findReusedIds(tx, project, duplicates)
    if (claimed.length === 0) return { cache, observations: 0, deliveries: [], reusedIds }
    // 3. Decide which versions and routes are told apart, before anything is stored.
    const perDay = limits.versionsPerDay
    const batches = await capVersions(tx, { project, cache, perDay, now }, claimed)
    const stored = await capped(tx, { project, limits, cache }, batches)
    // 4. Fold into the buckets.
    const changed = await foldBuckets(tx, { project, shard, cache }, batches)
    // 5. Append the batches, which gives them their seqs and their time.
    const [newHead] = await Promise.all([
      appendBatches(tx, { project, shard }, stored),
      saveBuckets(tx, { project, shard }, changed),
    ])
    const { recordedAt } = newHead
    const applied = batches.map(({ run, number }) => ({ run, number, recordedAt }))
    const seen = unrecordedRoutes(cache, opened(batches), recordedAt)
    // 6. Decide what follows, and append that last: the log's head is everybody's.
    const [{ pending, rows }] = await Promise.all([
      judge(tx, { shard, cache, batches: opened(batches), now }),
      touchRoutes(tx, project, { seen, recordedAt }),
      recordApplied(tx, { project, shard }, applied),
    ])
    const { deliveries } = await appendAndFold(tx, project, pending, { rows })
    rememberRows(cache.alarms, rows)
    return {
      cache: { ...slideCache(cache, now), seq: newHead.seq },
      observations: batches.reduce((sum, batch) => sum + batch.observations, 0),
      deliveries,
      reusedIds,
    }
  })
}

function openBatch(message: MetricBatchMessage): OpenBatch {
  const cells = Buffer.from(message.cells, 'base64')
  const unpacked = unpackBatch(cells)
  if ('rejected' in unpacked) throw new Error(`the cells cannot be read: ${unpacked.rejected}`)
  const { owner, batchId, run, number, service, environment, version, receivedAt } = message
  const who = { owner, batchId, run, number, service, environment, version, receivedAt }
  return { ...who, observations: message.observations, cells, open: unpacked.cells }
}

/** Returns what is remembered where the head proves it, and else what the projections say. */
export async function validCache(
  tx: Db,
  given: {
    project: ProjectId
    shard: number
    remembered: ShardCache | undefined
    seq: ShardSeq
    now: EpochMs
  },
): Promise<ShardCache> {
  const { remembered, seq } = given
  return remembered?.seq === seq ? remembered : loadShardCache(tx, given)
}

/**
 * Returns the batches that were not folded before. Ids are the owner's: two owners may use the same
 * one. Ids are forgotten after a day or so, and a batch may be parked for longer: then its number tells.
 */
async function claimBatches(
  tx: Db,
  { project, shard, now }: { project: ProjectId; shard: number; now: EpochMs },
  {
    messages,
    unpacked,
  }: { messages: readonly MetricBatchMessage[]; unpacked: readonly OpenBatch[] },
): Promise<OpenBatch[]> {
  const claims = messages.map(({ owner, batchId, bodyHash, answer }) => ({
    messageId: inboxIdOf({ owner, batchId }),
    bodyHash,
    answer,
  }))
  const [fresh, applied] = await Promise.all([
    claimMessages(tx, project, claims, now),
    areApplied(tx, { project, shard }, messages),
  ])
  // A job that is twice in one group is folded once.
  return unpacked.filter(
    (_, index) => fresh.delete(claims[index]!.messageId) && applied[index] !== true,
  )
}

async function capped(
  tx: Db,
  given: { project: ProjectId; limits: RouteLimits; cache: ShardCache },
  batches: readonly OpenBatch[],
): Promise<MetricBatch[]> {
  const changed = await capRoutes(tx, given, opened(batches))
  return batches.map((batch, index) =>
    changed[index] === true ? { ...batch, cells: packBatch(batch.open) } : batch,
  )
}

function opened(batches: readonly OpenBatch[]) {
  return batches.map((batch) => ({ ...batch, cells: batch.open }))
}

/** Folds batches into the windows, and returns the buckets that changed. */
async function foldBuckets(
  tx: Db,
  { project, shard, cache }: { project: ProjectId; shard: number; cache: ShardCache },
  batches: readonly OpenBatch[],
): Promise<BucketRow[]> {
  const touched = new Map<string, BucketKey>()
  for (const { service, environment, open } of batches) {
    for (const bucketStart of open.keys()) {
      const key = { service, environment, bucketStart }
      touched.set(`${service}\n${environment}\n${bucketStart}`, key)
    }
  }
  const keys = [...touched.values()]
  // Late ones are not remembered: they are read, mended and forgotten again.
  const late = keys.filter((key) => key.bucketStart < cache.since && !hasBucket(cache.windows, key))
  for (const row of await loadBuckets(tx, { project, shard }, late)) placeBucket(cache.windows, row)
  for (const batch of opened(batches)) foldInto(cache.windows, batch)
  return keys.map((key) => bucketRowOf(cache.windows, key))
}
