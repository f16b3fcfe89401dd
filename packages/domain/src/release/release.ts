import type { DomainEvent, EventData } from '@portcullis/contracts'

/** A version of a service in an environment; `at` is when it last went live, as far as is known. */
export type Release = EventData<'release.announced'>

type ReleaseEvent = Extract<DomainEvent, { type: 'release.announced' }>

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
 * - An announcement of the newest release adds its commit and URL: that release keeps its time. When
 *   it adds nothing, it is a retry, and there is no event.
 * - An announcement of an older version is a roll-back: it becomes the newest release.
 */
export function decideRelease(
  seen: Release,
  { same, newest }: KnownReleases,
): readonly ReleaseEvent[] {
  if (seen.version === '') return []
  if (same === undefined) return [{ type: 'release.announced', data: seen }]
  if (seen.source === 'metrics') return []
  if (newest !== undefined && newest.version !== same.version) {
    return [{ type: 'release.announced', data: seen }]
  }
  const isNothingNew =
    same.source === 'api' &&
    (seen.commit === null || seen.commit === same.commit) &&
    (seen.url === null || seen.url === same.url)
  return isNothingNew ? [] : [{ type: 'release.announced', data: { ...seen, at: same.at } }]
}

/** Returns a release after `event`: an announcement adds to what was known of the version. */
export function evolveRelease(release: Release | undefined, event: ReleaseEvent): Release {
  const { data } = event
  if (release === undefined) return data
  if (data.source === 'metrics') return release
  return { ...data, commit: data.commit ?? release.commit, url: data.url ?? release.url }
}

/** Returns the release that went live last; of two at the same instant, the greater name. */
export function newestRelease(releases: readonly Release[]): Release | undefined {
  return releases.reduce<Release | undefined>((newest, release) => {
    if (newest === undefined || release.at > newest.at) return release
    return release.at === newest.at && release.version > newest.version ? release : newest
  }, undefined)
}
