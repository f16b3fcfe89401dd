import type { EpochMs, Heads, ProjectId } from '@portcullis/contracts'
import type { Db, LogHead } from '@portcullis/event-log'

import { isoOf } from '../record.ts'
import type { ShardHead } from '../traffic/batches.ts'

/** A shard as it stood at an instant. */
export interface PastShard {
  readonly head: ShardHead
  /** All of its batches that were recorded at this instant or later are kept. */
  readonly keptSince: EpochMs
}

/** Where the log and the metric shards stood at an instant. */
export interface PastHeads {
  readonly log: LogHead
  /** In the order of the shards. */
  readonly shards: readonly PastShard[]
}

interface ShardRow {
  readonly shard: number
  readonly seq: number
  readonly recorded_at: number
  readonly then_seq: number | null
  readonly then_at: number | null
  readonly oldest_seq: number | null
  readonly oldest_at: number | null
}

const SHARDS_THEN = `select head.shard, head.seq::float8, epoch_ms(head.recorded_at)::float8 as recorded_at,
    newest.seq::float8 as then_seq, epoch_ms(newest.recorded_at)::float8 as then_at,
    oldest.seq::float8 as oldest_seq, epoch_ms(oldest.recorded_at)::float8 as oldest_at
  from shard_heads as head
  left join lateral (select seq, recorded_at from metric_batches
    where project_id = $1 and shard = head.shard and recorded_at <= $2
    order by recorded_at desc, seq desc limit 1) as newest on true
  left join lateral (select seq, recorded_at from metric_batches
    where project_id = $1 and shard = head.shard
    order by recorded_at, seq limit 1) as oldest on true
  where head.project_id = $1 order by head.shard`

/** Returns the last seqs of every shard whose head time is not after an instant, beside where the log ended. */
export async function headsAt(
  db: Db,
  project: ProjectId,
  { log, at }: { readonly log: LogHead; readonly at: EpochMs },
): Promise<PastHeads> {
  const { rows } = await db.query<ShardRow & Record<string, unknown>>(SHARDS_THEN, [
    project,
    isoOf(at),
  ])
  return { log, shards: rows.map((row) => pastShard(row, at)) }
}

/** Seqs have no gap: where the oldest kept batch is the first one, none was dropped. */
function pastShard(row: ShardRow, at: EpochMs): PastShard {
  const { shard, seq, recorded_at, then_seq, then_at, oldest_seq, oldest_at } = row
  const isSettled = recorded_at <= at
  const head = {
    shard,
    seq: isSettled ? seq : (then_seq ?? 0),
    recordedAt: isSettled ? recorded_at : (then_at ?? 0),
  } as ShardHead
  const isWhole = seq === 0 || oldest_seq === 1
  // Where no batch is left, all of them were recorded by the head's time.
  return { head, keptSince: (isWhole ? 0 : (oldest_at ?? recorded_at + 1)) as EpochMs }
}

/**
 * Returns the heads that an answer named, given the present ones; null where they are none of this log: it has as many
 * shards, and none of them is as long.
 */
export function givenHeads(present: PastHeads, { log, metrics }: Heads): PastHeads | null {
  const { shards } = present
  if (metrics.length !== shards.length || log > present.log.position) return null
  if (shards.some(({ head }, nth) => metrics[nth]! > head.seq)) return null
  return {
    log: { ...present.log, position: log },
    shards: shards.map(({ head, ...rest }, nth) => ({
      ...rest,
      head: { ...head, seq: metrics[nth]! },
    })),
  }
}
