import {
  DAY_MS,
  type EpochMs,
  plusMs,
  type ProjectId,
  type VersionName,
} from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'
import {
  type MetricBatch,
  readReleases,
  serviceKeyOf,
  type ServiceScope,
} from '@portcullis/projections'

import type { ShardCache } from './shard-cache.ts'

/** How many versions are told apart. */
export interface VersionLimits {
  /** New ones of a service in an environment. */
  readonly versionsPerDay: number
}

/** Traffic that names no version. */
const NO_VERSION = '' as VersionName

/**
 * Decides which versions are told apart, before anything is stored: once a service had as many new
 * ones in an environment as a day may bring, traffic of further ones counts without a version. It
 * keeps a sender bounded that makes up a version for each batch. Returns the batches as they count.
 */
export async function capVersions<Batch extends Pick<MetricBatch, keyof ServiceScope | 'version'>>(
  tx: Db,
  given: {
    readonly project: ProjectId
    readonly cache: ShardCache
    readonly perDay: number
    readonly now: EpochMs
  },
  batches: readonly Batch[],
): Promise<Batch[]> {
  const { perDay, now } = given
  const fresh = new Map<string, Set<VersionName>>()
  const told: Batch[] = []
  for (const batch of batches) {
    const { version } = batch
    if (version === NO_VERSION) {
      told.push(batch)
      continue
    }
    const known = await knownVersions(tx, given, batch)
    const added = fresh.get(serviceKeyOf(batch)) ?? new Set()
    if (known.has(version) || added.has(version)) {
      told.push(batch)
    } else if (countSince(known, plusMs(now, -DAY_MS)) + added.size < perDay) {
      fresh.set(serviceKeyOf(batch), added.add(version))
      told.push(batch)
    } else {
      told.push({ ...batch, version: NO_VERSION })
    }
  }
  return told
}

/**
 * Returns the releases of a service in an environment that are known, as far as they matter: their
 * versions, with the instants at which they went live.
 */
export async function knownVersions(
  tx: Db,
  { project, cache }: { project: ProjectId; cache: ShardCache },
  scope: ServiceScope,
): Promise<Map<VersionName, EpochMs>> {
  const key = serviceKeyOf(scope)
  const found = cache.versions.get(key)
  if (found !== undefined) return found
  const releases = await readReleases(tx, project, scope)
  const known = new Map(releases.map(({ version, at }) => [version, at]))
  cache.versions.set(key, known)
  return known
}

function countSince(known: ReadonlyMap<VersionName, EpochMs>, since: EpochMs): number {
  let count = 0
  for (const at of known.values()) if (at >= since) count += 1
  return count
}
