import { bucketStartOf, type EpochMs, type RouteName, type RouteScope } from '@portcullis/contracts'
import {
  type AlarmRules,
  evaluateRoute,
  minuteOf,
  type RouteHealth,
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
  /** Returns the health of every route of a service that was seen in the last minute. */
  of(traffic: ServiceTraffic, asOf: EpochMs): RouteHealth[]
  /** Forgets what the changes of a shard made untrue. */
  forget(shard: ShardTraffic): void
}

interface Kept {
  /** Start of the bucket that was running. */
  readonly bucket: EpochMs
  readonly routes: Map<RouteName, RouteHealth>
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
    const fresh = { bucket, routes: new Map<RouteName, RouteHealth>() }
    kept.set(key, fresh)
    return fresh
  }
  return {
    of: (traffic, asOf) => {
      const { service, environment, window } = traffic
      const { routes } = keptOf(traffic, bucketStartOf(asOf))
      return [...routesOf(window, asOf)].map((route) => {
        const found = routes.get(route)
        if (found !== undefined) return found
        const scope = { service, environment, route }
        const judged = { rules, targets: targetsOf(scope) }
        const health = {
          scope,
          evaluation: evaluateRoute(minuteOf(window, route, asOf), judged, asOf),
        }
        routes.set(route, health)
        return health
      })
    },
    forget: ({ changed }) => {
      for (const [key, routes] of changed) {
        if (routes === 'all') kept.delete(key)
        else for (const route of routes) kept.get(key)?.routes.delete(route)
      }
      changed.clear()
    },
  }
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
