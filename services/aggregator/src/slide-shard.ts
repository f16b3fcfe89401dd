import type { EpochMs, NotificationId } from '@portcullis/contracts'
import { inTransaction } from '@portcullis/event-log'
import { appendAndFold, lockShard } from '@portcullis/projections'

import { type FoldContext, type Judge, validCache } from './fold-group.ts'
import { loadShardAlarms, rememberRows } from './shard-alarms.ts'
import { type ShardCache, slideCache } from './shard-cache.ts'

/** What a slide led to. */
export interface Slid {
  readonly cache: ShardCache
  readonly deliveries: readonly NotificationId[]
  /** The database's present, at which the shard was judged. */
  readonly now: EpochMs
}

/**
 * Judges a shard again because time went on: windows slide past what raised an alarm, and past
 * silence, without any batch. What people did to incidents meanwhile is read anew.
 */
export async function slideShard(
  { pool, project }: Pick<FoldContext, 'pool' | 'project'>,
  judge: Judge,
  { shard, remembered }: { shard: number; remembered: ShardCache | undefined },
): Promise<Slid> {
  return inTransaction(pool, async (tx) => {
    const { head, now } = await lockShard(tx, project, shard)
    const valid = await validCache(tx, { project, shard, remembered, seq: head.seq, now })
    const cache = { ...valid, alarms: await loadShardAlarms(tx, project, shard) }
    const { pending, rows } = await judge(tx, { shard, cache, batches: [], now })
    const { deliveries } = await appendAndFold(tx, project, pending, { rows })
    rememberRows(cache.alarms, rows)
    return { cache: slideCache(cache, now), deliveries, now }
  })
}
