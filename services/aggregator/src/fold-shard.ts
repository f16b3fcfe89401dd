import type { MetricBatchMessage, NotificationId } from '@portcullis/contracts'
import { isStreamConflict } from '@portcullis/event-log'

import { type FoldContext, foldGroup, type Judge } from './fold-group.ts'
import type { ShardCache } from './shard-cache.ts'
import { slideShard } from './slide-shard.ts'

/** What becomes of one shard; its work runs one after another. */
export interface ShardFolder {
  /** Folds a group in one transaction, and returns the deliveries that follow from it. */
  fold(messages: readonly MetricBatchMessage[]): Promise<readonly NotificationId[]>
  /** Judges again what stands, because time went on. */
  slide(): Promise<readonly NotificationId[]>
}

/** How often work is tried again because somebody else opened the same incident first. */
const CONFLICTS_MAX = 5

/** Makes the folder of a shard. It remembers the shard's newest buckets from group to group. */
export function createShardFolder(
  context: FoldContext,
  { shard, judgeSlid }: { shard: number; judgeSlid: Judge },
): ShardFolder {
  let remembered: ShardCache | undefined
  let last: Promise<unknown> = Promise.resolve()

  type Step = (given: ShardCache | undefined) => Promise<{
    cache: ShardCache
    deliveries: readonly NotificationId[]
  }>
  const attempt = async (step: Step) => {
    const given = remembered
    // The cache is changed in place: it is worth something only if the transaction commits.
    remembered = undefined
    const { cache, deliveries } = await step(given)
    remembered = cache
    return deliveries
  }
  const retried = async (step: Step) => {
    for (let conflicts = 0; ; conflicts += 1) {
      try {
        return await attempt(step)
      } catch (error) {
        if (!isStreamConflict(error) || conflicts >= CONFLICTS_MAX) throw error
      }
    }
  }
  const inTurn = (step: Step) => {
    const result = last.then(() => retried(step))
    // The next one waits for the end of this one, whatever it was.
    last = result.then(
      () => undefined,
      () => undefined,
    )
    return result
  }
  return {
    fold: (messages) =>
      inTurn(async (given) => {
        const folded = await foldGroup(context, shard, { remembered: given, messages })
        if (folded.reusedIds.length > 0) context.onReusedIds(folded.reusedIds)
        return folded
      }),
    slide: () => inTurn((given) => slideShard(context, judgeSlid, { shard, remembered: given })),
  }
}
