import type { MetricBatchMessage, NotificationId } from '@portcullis/contracts'
import { isStreamConflict } from '@portcullis/event-log'

import { type FoldContext, foldGroup, type Judge } from './fold-group.ts'
import type { ShardCache } from './shard-cache.ts'
import { type Slid, slideShard } from './slide-shard.ts'

/** What becomes of one shard; its work runs one after another. */
export interface ShardFolder {
  /** Folds a group in one transaction, and returns the deliveries that follow from it. */
  fold(messages: readonly MetricBatchMessage[]): Promise<readonly NotificationId[]>
  /** Judges again what stands, because time went on; tells at which present of the database. */
  slide(): Promise<Omit<Slid, 'cache'>>
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

  type Step<Done> = (given: ShardCache | undefined) => Promise<Done & { cache: ShardCache }>
  const attempt = async <Done>(step: Step<Done>): Promise<Done> => {
    const given = remembered
    // The cache is changed in place: it is worth something only if the transaction commits.
    remembered = undefined
    const done = await step(given)
    remembered = done.cache
    return done
  }
  const retried = async <Done>(step: Step<Done>): Promise<Done> => {
    for (let conflicts = 0; ; conflicts += 1) {
      try {
        return await attempt(step)
      } catch (error) {
        if (!isStreamConflict(error) || conflicts >= CONFLICTS_MAX) throw error
      }
    }
  }
  const inTurn = <Done>(step: Step<Done>): Promise<Done> => {
    const result = last.then(() => retried(step))
    // The next one waits for the end of this one, whatever it was.
    last = result.then(
      () => undefined,
      () => undefined,
    )
    return result
  }
  return {
    fold: async (messages) => {
      const { deliveries } = await inTurn(async (given) => {
        const folded = await foldGroup(context, shard, { remembered: given, messages })
        if (folded.reusedIds.length > 0) context.onReusedIds(folded.reusedIds)
        return folded
      })
      return deliveries
    },
    slide: () => inTurn((given) => slideShard(context, judgeSlid, { shard, remembered: given })),
  }
}
