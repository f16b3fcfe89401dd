import type { RouteName } from '@portcullis/contracts'
import { routesOf } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'
import { type ServiceScope, serviceKeyOf, trafficOf } from '@portcullis/projections'

import type { FoldedBatch, FoldedShard, Judged } from './fold-group.ts'
import { type AlarmContext, judgeAlarms, type LookedAt } from './judge-alarms.ts'
import { noteReleases } from './note-releases.ts'
import type { ShardCache } from './shard-cache.ts'

/**
 * Decides what follows from folded batches: alarms of the routes that are in them, and releases that
 * they made known. Of all other routes only time can change what is known: see `judgeAll`.
 */
export async function judgeFolded(
  tx: Db,
  context: AlarmContext,
  { cache, batches, now }: FoldedShard,
): Promise<Judged> {
  const routes = distinctServices(batches).flatMap((service) => {
    const traffic = trafficOf(cache.windows, service)
    return [...routesIn(batches, service)].map((route) => ({ traffic, route }))
  })
  const { pending, rows } = await judgeAlarms(tx, context, { alarms: cache.alarms, routes, now })
  const releases = await noteReleases(tx, { project: context.project, cache, now }, batches)
  return { pending: [...pending, ...releases], rows }
}

/** Decides what follows when windows slid on: for all routes that have traffic or an alarm. */
export async function judgeAll(
  tx: Db,
  context: AlarmContext,
  { cache, now }: Pick<FoldedShard, 'cache' | 'now'>,
): Promise<Judged> {
  const scopes = [
    ...cache.windows.values(),
    ...[...cache.alarms.alarms.values()].map((alarm) => alarm.state.scope),
  ]
  const routes = distinctServices(scopes).flatMap((one) => routesToLookAt(cache, one, now))
  return judgeAlarms(tx, context, { alarms: cache.alarms, routes, now })
}

/** The routes of the last minute, and those that have an alarm though they fell silent. */
function routesToLookAt(
  cache: ShardCache,
  service: ServiceScope,
  now: FoldedShard['now'],
): LookedAt[] {
  const traffic = trafficOf(cache.windows, service)
  const routes = new Set<RouteName>(routesOf(traffic.window, now))
  for (const { state } of cache.alarms.alarms.values()) {
    if (serviceKeyOf(state.scope) === serviceKeyOf(service)) routes.add(state.scope.route)
  }
  return [...routes].map((route) => ({ traffic, route }))
}

/** The routes of a service that batches are about. */
function routesIn(batches: readonly FoldedBatch[], service: ServiceScope): Set<RouteName> {
  const own = batches.filter((batch) => serviceKeyOf(batch) === serviceKeyOf(service))
  return new Set(own.flatMap(({ cells }) => [...cells.values()].flatMap((one) => [...one.keys()])))
}

function distinctServices(scopes: readonly ServiceScope[]): ServiceScope[] {
  return [...new Map(scopes.map((scope) => [serviceKeyOf(scope), scope])).values()]
}
