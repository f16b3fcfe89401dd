import type { ReleaseEvent } from '@portcullis/contracts'

import { hasSameEntries } from '../same-entries.ts'
import { type Announcement, isOver, type Release, saysLabels } from './state.ts'

/** What is known of a service in an environment when a version is seen or announced. */
export interface KnownReleases {
  /** The same version, if it is known. */
  readonly same: Release | undefined
  readonly newest: Release | undefined
}

/**
 * Returns the event that a sight of a version in metrics, or an announcement over HTTP, leads to.
 *
 * - Metrics make a release known once; traffic of a known version says nothing new, nor does traffic
 *   that names no version.
 * - An announcement of the newest release adds its commit, URL and labels: that release keeps its time. When
 *   it adds nothing, it is a retry, and there is no event.
 * - An announcement of an older version is a roll-back: it becomes the newest release.
 * - An announcement of a version whose run is over begins its next run, which goes live now.
 */
export function decideRelease(
  seen: Announcement,
  { same, newest }: KnownReleases,
): readonly ReleaseEvent[] {
  if (seen.version === '') return []
  if (same === undefined) return [{ type: 'release.announced', data: seen }]
  if (seen.source === 'metrics') return []
  if (isOver(same) || newest?.version !== same.version) {
    return [{ type: 'release.announced', data: seen }]
  }
  if (saysNothingNew(seen, same)) return []
  return [{ type: 'release.announced', data: { ...seen, at: same.at } }]
}

function saysNothingNew(seen: Announcement, known: Release): boolean {
  return (
    known.source === 'api' &&
    (seen.commit === null || seen.commit === known.commit) &&
    (seen.url === null || seen.url === known.url) &&
    (!saysLabels(seen) || hasSameEntries(seen.labels, known.labels))
  )
}
