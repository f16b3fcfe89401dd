import type { EpochMs, Heads, ProjectId, ServiceName } from '@portcullis/contracts'
import type { AppliedPolicies, KeptBuckets, RouteCells } from '@portcullis/domain'
import type { Pool } from 'pg'

import type { ShardHead } from '../traffic/batches.ts'
import type { ServiceTraffic } from '../traffic/windows.ts'
import { type HeadsLook, lookAtHeads } from './heads.ts'
import { LiveCounts } from './live-counts.ts'
import { LiveLog } from './live-log.ts'
import { followShard, isFollowed, type ShardTraffic } from './live-traffic.ts'
import { createRouteHealths, type RouteHealths, type RouteJudgement } from './route-health.ts'
import { createSharedLook } from './shared-look.ts'

/** What of the log verdicts are made of. */
export type LogFacts = Omit<LiveLog, 'follow' | 'take' | 'policies'>

/** All that is known as of one look at the heads. It is read at once: the next look changes it. */
export interface LiveView {
  readonly look: HeadsLook
  /** From where it was read. */
  readonly heads: Heads
  readonly shards: readonly ShardHead[]
  readonly log: LogFacts
  readonly counts: LiveCounts
  /** Everything that is in force. */
  readonly policies: AppliedPolicies
  readonly healths: RouteHealths
  /** What the routes of a service did in a window that ends now, by their names, where sums are at hand. */
  readonly cellsOver?: (traffic: ServiceTraffic, windowMs: number) => RouteCells
  /** Every service that was heard of in the last 15 minutes. */
  services(): Iterable<ServiceTraffic>
}

/** With two, the store works on one while the answers of the other are written (bench `verdict`). */
const LOOKS_AT_ONCE = 2

/** A look that takes longer counts as failed: whoever asks is better served by "I cannot know". */
const LOOK_MS_MAX = 3_000

/** What keeps a view up to date. */
export interface LiveViews {
  /**
   * Resolves to a view as of a look that began after this call: whatever was committed before is in
   * it. Rejects while the store is away.
   */
  next(): Promise<LiveView>
}

/** What a view needs beside what routes are judged by. */
export interface LiveOptions {
  readonly shardOf: (service: ServiceName) => number
  readonly kept?: KeptBuckets
}

/**
 * Follows the log and the metric shards in memory, on demand: a look costs one statement when
 * nothing happened, and what happened is read once for all who ask. `kept` says how much of the
 * traffic they need while no policy is in force; rules may look at the whole window.
 */
export function createLiveViews(
  pool: Pool,
  project: ProjectId,
  judgement: RouteJudgement,
  { shardOf, kept }: LiveOptions,
): LiveViews {
  const shards = new Map<number, ShardTraffic>()
  const log = new LiveLog()
  const counts = new LiveCounts()
  const healths = createRouteHealths(judgement)

  const followLog = async (): Promise<void> => {
    const hadPolicies = log.policies.size > 0
    await log.follow(pool, project)
    // What was forgotten of the windows is needed now.
    if (kept !== undefined && !hadPolicies && log.policies.size > 0) shards.clear()
  }
  const keptNow = () => (log.policies.size > 0 ? undefined : kept)
  const followTraffic = async (head: ShardHead, now: EpochMs): Promise<void> => {
    const traffic = shards.get(head.shard)
    // Windows are changed in place: what is known of the shard is worth something only if this ends
    // well. After a failure, half of a tail may be folded, and the shard is loaded anew.
    shards.delete(head.shard)
    const next = await followShard(pool, project, { traffic, head, now }, keptNow())
    shards.set(head.shard, next)
    healths.forget(next)
  }
  /** What there is to follow: mostly nothing, and of two looks in flight the later may have followed it. */
  const workOf = ({ shards: heads, now }: HeadsLook): Promise<void>[] => {
    const behind = heads.filter((head) => {
      return !isFollowed({ traffic: shards.get(head.shard), head, now })
    })
    return behind.map((head) => followTraffic(head, now))
  }
  const follow = async (looked: HeadsLook): Promise<LiveView> => {
    // First: policies say how much of the traffic is needed.
    if (looked.log.position > log.position) await followLog()
    const work = workOf(looked)
    // Where one fails the others are waited for: the next look must find nothing at work.
    if (work.length > 0) await allEnded(work)
    const followed = looked.shards.map(({ shard }) => shards.get(shard)!)
    const counted = { log, shards: followed, shardOf, now: looked.now }
    if (!(await counts.follow(pool, project, counted))) {
      return follow(await lookAtHeads(pool, project))
    }
    return {
      look: looked,
      heads: { log: log.position, metrics: followed.map((one) => one.head.seq) },
      shards: followed.map((one) => one.head),
      log,
      counts,
      policies: log.policies.applied,
      healths,
      *services() {
        for (const { windows } of followed) yield* windows.values()
      },
    }
  }
  let following: Promise<unknown> = Promise.resolve()
  const look = async (): Promise<LiveView> => {
    const looked = await lookAtHeads(pool, project)
    // Heads may be looked at side by side, but what is in memory is changed by one look at a time.
    const followed = following.then(() => follow(looked))
    following = followed.catch(() => {
      // Its own callers are told.
    })
    return followed
  }
  return createSharedLook(look, { atOnce: LOOKS_AT_ONCE, deadlineMs: LOOK_MS_MAX })
}

/** Resolves as `Promise.all` does, but never before all of them ended. */
async function allEnded(work: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(work)
  await Promise.all(work)
}
