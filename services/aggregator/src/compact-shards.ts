import { setTimeout as delay } from 'node:timers/promises'

import type { EpochMs, ProjectId } from '@portcullis/contracts'
import { inTransaction } from '@portcullis/event-log'
import { readMinutes, saveMinutes, type Seal, type ShardToCompact } from '@portcullis/projections'
import type { Pool } from 'pg'

import { openSeals, sealAgain } from './seal-days.ts'

/**
 * Others get so many times the time that reading took: a busy minute takes seconds of the processor, and folding must not
 * wait for it (bench `freshness`).
 */
const PAUSE_TIMES = 2

/**
 * Compacts all batches of some shards that wait for it into minutes. A batch may be folded later than it may come, a
 * parked one for example, and touch a day that is sealed: then the day gets a further seal in the same
 * transaction. Returns the starts of such days.
 *
 * Whoever stops it waits for the present minutes alone: the others wait on.
 */
export async function compactShards(
  pool: Pool,
  project: ProjectId,
  shards: readonly ShardToCompact[],
  stopping: AbortSignal = new AbortController().signal,
): Promise<EpochMs[]> {
  const sealedAgain = new Set<EpochMs>()
  for (const shard of shards) {
    let compacted = Infinity
    while (compacted > 0 && !stopping.aborted) {
      const done = await compactShard(pool, project, shard, stopping)
      compacted = done.compacted
      for (const { dayStart } of done.seals) sealedAgain.add(dayStart)
    }
  }
  return [...sealedAgain]
}

async function compactShard(
  pool: Pool,
  project: ProjectId,
  shard: ShardToCompact,
  stopping: AbortSignal,
): Promise<{ compacted: number; seals: readonly Seal[] }> {
  const read = await readMinutes(pool, project, shard, pauses(stopping))
  if (read === null) return { compacted: 0, seals: [] }
  return inTransaction(pool, async (tx) => {
    let seals: readonly Seal[] = []
    const compacted = await saveMinutes(tx, project, read, async (days) => {
      seals = await openSeals(tx, project, days)
    })
    await sealAgain(tx, project, seals)
    return { compacted, seals }
  })
}

function pauses(stopping: AbortSignal): () => Promise<void> {
  let workedSince = performance.now()
  return async () => {
    const pauseMs = PAUSE_TIMES * (performance.now() - workedSince)
    await delay(pauseMs, undefined, { signal: stopping }).catch(() => {
      // No pause, then: somebody waits for the end.
    })
    workedSince = performance.now()
  }
}
