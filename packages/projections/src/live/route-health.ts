import { bucketStartOf, type EpochMs, type RouteName, type RouteScope } from '@portcullis/contracts'
import {
  type AlarmRules,
  minuteOf,
  type RouteHealth,
  routeHealthOf,
  routesOf,
  type SloSettings,
  type SloTargets,
  targetsOf,
} from '@portcullis/domain'

import { serviceKeyOf, type ServiceTraffic } from '../traffic/windows.ts'
import type { ShardTraffic } from './live-traffic.ts'

const TARGETS_KEPT_MAX = 50_000

/** What routes are judged by. */
export interface RouteJudgement {
  readonly rules: AlarmRules
  readonly targetsOf: (scope: RouteScope) => SloTargets
}

/** The health of routes, kept until their buckets change or a new one begins. */
export interface RouteHealths {
  /** Returns the health of every route of a service that was seen in the last minute, by their names. */
  of(traffic: ServiceTraffic, asOf: EpochMs): readonly RouteHealth[]
  /** Forgets what the changes of a shard made untrue. */
  forget(shard: ShardTraffic): void
}

interface Kept {
  /** Start of the bucket that was running. */
  readonly bucket: EpochMs
  readonly routes: Map<RouteName, RouteHealth>
  /** All of them that were seen in the last minute; undefined until somebody asks. */
  all: readonly RouteHealth[] | undefined
}

/**
 * Keeps evaluations: to make one costs about a hundred times as much as to read it. What a verdict
 * reads of an evaluation depends on the buckets alone, so it stays true for as long as they do.
 */
export function createRouteHealths({ rules, targetsOf }: RouteJudgement): RouteHealths {
  const kept = new Map<string, Kept>()

  const keptOf = (traffic: ServiceTraffic, bucket: EpochMs): Kept => {
    const key = serviceKeyOf(traffic)
    const found = kept.get(key)
    if (found !== undefined && found.bucket === bucket) return found
    const fresh: Kept = { bucket, routes: new Map(), all: undefined }
    kept.set(key, fresh)
    return fresh
  }
  return {
    of: (traffic, asOf) => {
      const { service, environment, window } = traffic
      const known = keptOf(traffic, bucketStartOf(asOf))
      const { routes } = known
      known.all ??= [...routesOf(window, asOf)].toSorted().map((route) => {
        const found = routes.get(route)
        if (found !== undefined) return found
        const scope = { service, environment, route }
        const judged = { rules, targets: targetsOf(scope) }
        const health = routeHealthOf(scope, { minute: minuteOf(window, route, asOf), judged }, asOf)
        routes.set(route, health)
        return health
      })
      return known.all
    },
    forget: ({ changed }) => {
      for (const [key, routes] of changed) {
        if (routes === 'all') kept.delete(key)
        else forgetRoutes(kept.get(key), routes)
      }
      changed.clear()
    },
  }
}

function forgetRoutes(known: Kept | undefined, routes: ReadonlySet<RouteName>): void {
  if (known === undefined) return
  known.all = undefined
  for (const route of routes) known.routes.delete(route)
}

/** Returns what routes are judged by. Overrides are searched once for each route, and the answer kept. */
export function routeJudgementOf(rules: AlarmRules, slo: SloSettings): RouteJudgement {
  const known = new Map<string, SloTargets>()
  return {
    rules,
    targetsOf: (scope) => {
      const key = `${serviceKeyOf(scope)}\n${scope.route}`
      const found = known.get(key)
      if (found !== undefined) return found
      // Routes are bounded per service, but services come and go.
      if (known.size >= TARGETS_KEPT_MAX) known.clear()
      const targets = targetsOf(slo, scope)
      known.set(key, targets)
      return targets
    },
  }
}
