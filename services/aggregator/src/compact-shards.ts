import type { EpochMs, ProjectId } from '@portcullis/contracts'
import { inTransaction } from '@portcullis/event-log'
import { compactMinutes, type Seal, type ShardToCompact } from '@portcullis/projections'
import type { Pool } from 'pg'

import { openSeals, sealAgain } from './seal-days.ts'

/**
 * Compacts all batches of some shards that wait for it into minutes. A batch may be folded later than it may come, a
 * parked one for example, and touch a day that is sealed: then the day gets a further seal in the same
 * transaction. Returns the starts of such days.
 */
export async function compactShards(
  pool: Pool,
  project: ProjectId,
  shards: readonly ShardToCompact[],
): Promise<EpochMs[]> {
  const sealedAgain = new Set<EpochMs>()
  for (const { shard, through } of shards) {
    let compacted = Infinity
    while (compacted > 0) {
      const done = await compactShard(pool, project, { shard, through })
      compacted = done.compacted
      for (const { dayStart } of done.seals) sealedAgain.add(dayStart)
    }
  }
  return [...sealedAgain]
}

async function compactShard(
  pool: Pool,
  project: ProjectId,
  { shard, through }: ShardToCompact,
): Promise<{ compacted: number; seals: readonly Seal[] }> {
  return inTransaction(pool, async (tx) => {
    let seals: readonly Seal[] = []
    const compacted = await compactMinutes(tx, project, shard, {
      through,
      beforeDays: async (days) => {
        seals = await openSeals(tx, project, days)
      },
    })
    await sealAgain(tx, project, seals)
    return { compacted, seals }
  })
}
