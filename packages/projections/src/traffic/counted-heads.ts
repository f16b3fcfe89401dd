import type { ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import type { ShardHead } from './batches.ts'

/** How far a shard has come, and how far its minutes have. */
export type CountedHeads = Record<'minutes' | 'head', ShardHead>

/** Returns how far a shard and its minutes have come. */
export async function headsOf(tx: Db, project: ProjectId, shard: number): Promise<CountedHeads> {
  const { rows } = await tx.query<Record<string, number>>(
    `select minutes.seq::float8 as minutes_seq, head.seq::float8 as head_seq,
       epoch_ms(minutes.recorded_at)::float8 as minutes_at, epoch_ms(head.recorded_at)::float8 as head_at
     from shard_heads as head join minute_heads as minutes using (project_id, shard)
     where head.project_id = $1 and head.shard = $2`,
    [project, shard],
  )
  const row = rows[0]!
  return {
    minutes: { shard, seq: row['minutes_seq'], recordedAt: row['minutes_at'] } as ShardHead,
    head: { shard, seq: row['head_seq'], recordedAt: row['head_at'] } as ShardHead,
  }
}
