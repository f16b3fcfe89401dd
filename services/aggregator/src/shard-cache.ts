import type { EpochMs, ProjectId, RouteName, ShardSeq, VersionName } from '@portcullis/contracts'
import { type KeptBuckets, windowStartOf } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'
import { loadBucketsSince, placeBucket, slideWindows, type Windows } from '@portcullis/projections'

import { loadShardAlarms, type ShardAlarms } from './shard-alarms.ts'

/**
 * What an aggregator remembers of a shard between two groups. It is true as long as the shard's head
 * still has `seq`: whoever folds a batch moves the head in the same transaction.
 */
export interface ShardCache {
  readonly seq: ShardSeq
  /** The newest buckets, whole. */
  readonly windows: Windows
  /** Of the buckets from this one on, those that are not in the windows do not exist. */
  readonly since: EpochMs
  /** Routes that are counted by name, with the last day on which they were seen, per service. */
  readonly routes: Map<string, Map<RouteName, string>>
  readonly alarms: ShardAlarms
  /** Versions whose release is known already, with when they went live, per service. */
  readonly versions: Map<string, Map<VersionName, EpochMs>>
}

/**
 * Batches mostly come within two minutes, and alarms look at one. Older buckets are read when
 * a batch adds to them: to keep them all would take as much memory as the gateway's windows do.
 */
const KEPT: KeptBuckets = { known: 12, whole: 12 }

/** Loads a cache from the projections, whose shard the caller holds locked. */
export async function loadShardCache(
  tx: Db,
  { project, shard, seq, now }: { project: ProjectId; shard: number; seq: ShardSeq; now: EpochMs },
): Promise<ShardCache> {
  const windows: Windows = new Map()
  const since = windowStartOf(now, KEPT.known)
  for (const row of await loadBucketsSince(tx, { project, shard }, since)) {
    placeBucket(windows, row)
  }
  const alarms = await loadShardAlarms(tx, project, shard)
  return { seq, windows, since, alarms, routes: new Map(), versions: new Map() }
}

/** Returns a cache that has forgotten what is not needed as of the present; its windows change in place. */
export function slideCache(cache: ShardCache, now: EpochMs): ShardCache {
  slideWindows(cache.windows, now, KEPT)
  // A clock that was set back brings nothing back.
  const since = Math.max(cache.since, windowStartOf(now, KEPT.known)) as EpochMs
  return { ...cache, since }
}
