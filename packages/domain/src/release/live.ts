import type { VersionName } from '@portcullis/contracts'

import type { Approval } from '../policy/facts.ts'
import { isOver, isTakenBack, type Release } from './state.ts'

type Dated = Pick<Release, 'at' | 'version'>

/** Whether a release went live after another; of two at the same instant, the greater name did. */
export function isAfter(release: Dated, other: Dated): boolean {
  return release.at === other.at ? release.version > other.version : release.at > other.at
}

/**
 * Returns the release that went live last and was not taken back since. The releases are those of one service and
 * environment, in whatever order.
 */
export function newestRelease<One extends Release>(releases: readonly One[]): One | undefined {
  return releases
    .filter((release) => !isTakenBack(release))
    .reduce<One | undefined>((newest, release) => {
      return newest === undefined || isAfter(release, newest) ? release : newest
    }, undefined)
}

/** Whether all traffic goes, or went, to a release: what comes after it is compared with it. */
export function hadAllTraffic({ life: { status } }: Release): boolean {
  return status === 'promoted' || status === 'finished'
}

/** Two versions that run side by side. */
export interface RunningVersions {
  readonly canary: VersionName
  readonly baseline: VersionName
}

/**
 * Returns which version of a service in an environment is the canary and which the baseline, or null where only one
 * runs. The canary is the newest release, while its run is not over. The baseline is the newest one before it to
 * which all traffic went; where nobody ever said that of any, the newest one before it.
 */
export function runningVersions(releases: readonly Release[]): RunningVersions | null {
  const canary = newestRelease(releases)
  if (canary === undefined || isOver(canary)) return null
  const before = releases.filter((release) => isAfter(canary, release))
  const baseline = newestRelease(before.filter(hadAllTraffic)) ?? newestRelease(before)
  return baseline === undefined ? null : { canary: canary.version, baseline: baseline.version }
}

/** Returns who said yes to a release, as rules count them. A run that is over has none: the next needs new ones. */
export function approvalsOf(release: Release): readonly Approval[] {
  return isOver(release) ? [] : release.approvals.map(({ role, at }) => ({ role, at }))
}
