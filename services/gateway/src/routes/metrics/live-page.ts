import type { EnvironmentName, EpochMs, RouteName, ServiceName } from '@portcullis/contracts'
import { frozenWindow, routesOf, type ServiceWindow, type Steps } from '@portcullis/domain'
import { inTurns, type LiveView, type ServiceTraffic } from '@portcullis/projections'

import { cursorOf, pageOf } from '../../paging/cursor.ts'
import {
  type LiveQuery,
  placeAfterService,
  placeOfRoute,
  routeBefore,
  type RoutePlace,
} from './parameters.ts'

/** A route's row. */
export interface LiveRow<Found> {
  readonly service: ServiceName
  readonly environment: EnvironmentName
  readonly route: RouteName
  readonly found: Found
}

/** A page of routes. */
export interface LivePage<Found> {
  /** Every route that was asked for, of the services on this page. */
  readonly all: readonly LiveRow<Found>[]
  readonly rows: readonly LiveRow<Found>[]
  readonly nextCursor: string | null
}

/** Says something of each route of a window, in steps. */
export type FindInWindow<Found> = (
  window: ServiceWindow,
  asOf: EpochMs,
) => Steps<ReadonlyMap<RouteName, Found>>

interface FrozenService extends Pick<ServiceTraffic, 'service' | 'environment'> {
  readonly frozen: ServiceWindow
}

/**
 * Returns what `find` says of the routes of a page, ordered by service and route, all as of one
 * look. Other requests have their turn in between: a thousand routes take a tenth of a second.
 */
export async function livePage<Found>(
  view: LiveView,
  query: LiveQuery,
  find: FindInWindow<Found>,
): Promise<LivePage<Found>> {
  const before = routeBefore(query)
  const { now } = view.look
  // Before anything is awaited: the next look changes the view.
  const { services, isLast } = freeze(view, query, before)
  const all: LiveRow<Found>[] = []
  for (const { service, environment, frozen } of services) {
    const routes = [...(await inTurns(find(frozen, now)))].toSorted(([a], [b]) => (a < b ? -1 : 1))
    for (const [route, found] of routes) all.push({ service, environment, route, found })
  }
  const left = all.filter((row) => isAfter(row, before))
  const { rows, nextCursor } = pageOf(left, query.limit, placeOfRoute)
  const last = services.at(-1)
  if (nextCursor !== null || isLast || last === undefined) return { all, rows, nextCursor }
  return { all, rows, nextCursor: cursorOf(placeAfterService(last.service)) }
}

/** Takes services, in the order of their names, until their routes fill the page. */
function freeze(
  view: LiveView,
  { service, environment, route, limit }: LiveQuery,
  before: RoutePlace | null,
): { readonly services: readonly FrozenService[]; readonly isLast: boolean } {
  const asked = [...view.services()]
    .filter((traffic) => traffic.environment === environment)
    .filter((traffic) => service === undefined || traffic.service === service)
    .filter((traffic) => isLeft(traffic.service, before))
    .toSorted((a, b) => (a.service < b.service ? -1 : 1))
  const services: FrozenService[] = []
  let routes = 0
  for (const traffic of asked) {
    if (routes >= limit) return { services, isLast: false }
    const seen = routesOf(traffic.window, view.look.now)
    // A part of the service with which the page begins was on the page before.
    if (traffic.service !== before?.service) {
      routes += route === undefined ? seen.size : Number(seen.has(route))
    }
    services.push({
      service: traffic.service,
      environment: traffic.environment,
      frozen: frozenWindow(traffic.window),
    })
  }
  return { services, isLast: true }
}

/** Whether routes of a service may come after a place. */
function isLeft(service: ServiceName, before: RoutePlace | null): boolean {
  if (before === null || service > before.service) return true
  return service === before.service && before.route !== null
}

function isAfter({ service, route }: LiveRow<unknown>, before: RoutePlace | null): boolean {
  if (before === null || service > before.service) return true
  return before.route !== null && route > before.route
}
