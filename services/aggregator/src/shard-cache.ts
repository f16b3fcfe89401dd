import type { EpochMs, ProjectId, RouteName, ShardSeq, VersionName } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'
import { keptSince, loadBucketsSince, placeBucket, type Windows } from '@portcullis/projections'

import { loadShardAlarms, type ShardAlarms } from './shard-alarms.ts'

/**
 * What an aggregator remembers of a shard between two groups. It is true as long as the shard's head
 * still has `seq`: whoever folds a batch moves the head in the same transaction.
 */
export interface ShardCache {
  readonly seq: ShardSeq
  /** The newest buckets, whole. */
  readonly windows: Windows
  /** Routes that are counted by name, with the last day on which they were seen, per service. */
  readonly routes: Map<string, Map<RouteName, string>>
  readonly alarms: ShardAlarms
  /** Versions whose release is known already, with when they went live, per service. */
  readonly versions: Map<string, Map<VersionName, EpochMs>>
}

/** Loads a cache from the projections, whose shard the caller holds locked. */
export async function loadShardCache(
  tx: Db,
  { project, shard, seq, now }: { project: ProjectId; shard: number; seq: ShardSeq; now: EpochMs },
): Promise<ShardCache> {
  const windows: Windows = new Map()
  for (const row of await loadBucketsSince(tx, { project, shard }, keptSince(now))) {
    placeBucket(windows, row)
  }
  const alarms = await loadShardAlarms(tx, project, shard)
  return { seq, windows, alarms, routes: new Map(), versions: new Map() }
}
