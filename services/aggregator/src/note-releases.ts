import { type EpochMs, type ProjectId, systemMeta } from '@portcullis/contracts'
import { type Announcement, decideRelease, newestRelease } from '@portcullis/domain'
import { type Db, type NewEvent, releaseStream } from '@portcullis/event-log'
import { readReleases, streamVersion } from '@portcullis/projections'

import { knownVersions } from './cap-versions.ts'
import type { ShardCache } from './shard-cache.ts'

/** Who was seen running what. */
type Sighting = Pick<Announcement, 'service' | 'environment' | 'version'>

/** Decides what the versions of batches make known: a version is a release when it is first seen. */
export async function noteReleases(
  tx: Db,
  { project, cache, now }: { project: ProjectId; cache: ShardCache; now: EpochMs },
  sightings: readonly Sighting[],
): Promise<NewEvent[]> {
  const pending: NewEvent[] = []
  for (const sighting of sightings) {
    if (sighting.version === '') continue
    const known = await knownVersions(tx, { project, cache }, sighting)
    if (known.has(sighting.version)) continue
    known.set(sighting.version, now)
    pending.push(...(await noteOne(tx, { project, now, pending }, sighting)))
  }
  return pending
}

/** `pending` goes before what this returns: two versions may be seen for the first time at once. */
async function noteOne(
  tx: Db,
  { project, now, pending }: { project: ProjectId; now: EpochMs; pending: readonly NewEvent[] },
  { service, environment, version }: Sighting,
): Promise<NewEvent[]> {
  const known = await readReleases(tx, project, { service, environment })
  const same = known.find((release) => release.version === version)
  const seen: Announcement = {
    service,
    environment,
    version,
    commit: null,
    url: null,
    labels: {},
    source: 'metrics',
    at: now,
  }
  const events = decideRelease(seen, { same, newest: newestRelease(known) })
  if (events.length === 0) return []
  const streamId = releaseStream(service, environment)
  const before = pending.filter((one) => one.streamId === streamId).length
  const streamHas = (await streamVersion(tx, project, streamId)) + before
  return events.map((event, index) => ({
    streamId,
    version: streamHas + index + 1,
    event,
    meta: systemMeta('system'),
    occurredAt: now,
  }))
}
