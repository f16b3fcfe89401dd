import { type EpochMs, METRIC_SHARDS, type ProjectId } from '@portcullis/contracts'
import { inTransaction } from '@portcullis/event-log'
import { compactMinutes, type Seal } from '@portcullis/projections'
import type { Pool } from 'pg'

import { openSeals, sealAgain } from './seal-days.ts'

/**
 * Compacts all batches that wait for it into minutes. A batch may be folded later than it may come, a
 * parked one for example, and touch a day that is sealed: then the day gets a further seal in the same
 * transaction. Returns the starts of such days.
 */
export async function compactShards(pool: Pool, project: ProjectId): Promise<EpochMs[]> {
  const sealedAgain = new Set<EpochMs>()
  for (let shard = 0; shard < METRIC_SHARDS; shard += 1) {
    let compacted = Infinity
    while (compacted > 0) {
      const done = await compactShard(pool, project, shard)
      compacted = done.compacted
      for (const { dayStart } of done.seals) sealedAgain.add(dayStart)
    }
  }
  return [...sealedAgain]
}

async function compactShard(
  pool: Pool,
  project: ProjectId,
  shard: number,
): Promise<{ compacted: number; seals: readonly Seal[] }> {
  return inTransaction(pool, async (tx) => {
    let seals: readonly Seal[] = []
    const compacted = await compactMinutes(tx, project, shard, {
      beforeDays: async (days) => {
        seals = await openSeals(tx, project, days)
      },
    })
    await sealAgain(tx, project, seals)
    return { compacted, seals }
  })
}
