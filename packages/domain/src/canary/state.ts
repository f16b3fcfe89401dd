import { type EpochMs, MINUTE_MS, type RouteName, type VersionName } from '@portcullis/contracts'

import { NO_LIMITS, type SlowLimits } from './slow-limits.ts'
import { NO_TALLY, type Tally } from './tally.ts'
import { NO_VARIATION, type Variation } from './variation.ts'

/** So long before a release is its history: what it is compared with where nothing runs beside it. */
export const CANARY_HISTORY_MS = 30 * MINUTE_MS

/**
 * What is known of a release that is compared with what ran before it or runs beside it: the new version is the canary, and
 * all other versions together are the baseline. It is plain JSON, and no rule's parameters are in it: any
 * rule of any policy may be asked of it later.
 *
 * It is folded bucket by bucket, the oldest first, beginning `CANARY_HISTORY_MS` before the release:
 * - before `since`, buckets tell what the service was like (`before`);
 * - then, while both have requests, they are compared bucket by bucket (`beside`, `splits`);
 * - where the baseline has none any more, the canary is compared with what was before (`alone`).
 */
export interface CanaryState {
  readonly version: VersionName
  /** When the release began. */
  readonly since: EpochMs
  /** Start of the first bucket that is not folded yet; null before the first. */
  readonly until: EpochMs | null
  /** Requests that came when their bucket was folded already. They are not compared: history has them. */
  readonly lateRequests: number
  /** Requests of the canary, and the start of the newest bucket that has one. */
  readonly canaryRequests: number
  readonly canarySeen: EpochMs | null
  /** Of the baseline's counts, of all routes together. */
  readonly variation: Variation
  /** By name. */
  readonly routes: readonly RouteComparison[]
}

/** What is known of a route. Tallies begin at 0, and only grow. */
export interface RouteComparison {
  readonly route: RouteName
  readonly slow: SlowLimits
  /** Of the baseline's counts. */
  readonly variation: Variation
  /** The baseline before the release. */
  readonly before: Tally
  /** Both sides, in buckets in which both had requests of some route. */
  readonly beside: { readonly canary: Tally; readonly baseline: Tally }
  /** The errors of those buckets, by the canary's share of their requests; ascending. */
  readonly splits: readonly ShareSplit[]
  /** The canary, in buckets in which the baseline had no request at all. */
  readonly alone: Tally
  /** Of its bad requests there, those that may be independent, by measure. */
  readonly aloneBouts: readonly number[]
}

/** Bad requests in buckets in which the canary had about the same share of the requests, by measure. */
export interface ShareSplit {
  readonly bin: number
  readonly canary: readonly number[]
  /** Those of the canary that may be independent. */
  readonly bouts: readonly number[]
  /** Of both sides. */
  readonly both: readonly number[]
}

/** Returns the comparison of a release of which nothing was seen yet. */
export function startCanary(version: VersionName, since: EpochMs): CanaryState {
  return {
    version,
    since,
    until: null,
    lateRequests: 0,
    canaryRequests: 0,
    canarySeen: null,
    variation: NO_VARIATION,
    routes: [],
  }
}

/** Returns the comparison of a route of which nothing was seen yet. */
export function startRoute(route: RouteName): RouteComparison {
  return {
    route,
    slow: NO_LIMITS,
    variation: NO_VARIATION,
    before: NO_TALLY,
    beside: { canary: NO_TALLY, baseline: NO_TALLY },
    splits: [],
    alone: NO_TALLY,
    aloneBouts: NO_TALLY.bad,
  }
}
