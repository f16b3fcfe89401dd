import type { EnvironmentName, RouteName, ServiceName } from '@portcullis/contracts'
import type { LiveView, ServiceTraffic } from '@portcullis/projections'

import { cursorOf } from '../../paging/cursor.ts'
import { placeOfService } from './parameters.ts'

/** Which services are asked for. */
export interface LiveAsked {
  /** Null asks for all of them. */
  readonly service: ServiceName | null
  readonly environment: EnvironmentName
  /** The page begins after this service. */
  readonly after: ServiceName | null
}

/** A route's row. */
export interface LiveRow<Found> {
  readonly service: ServiceName
  readonly environment: EnvironmentName
  readonly route: RouteName
  readonly found: Found
}

/** A page ends with the service that brings it to so many routes: a service is never divided. */
const ROUTES_MAX = 2_000

/**
 * Returns what `find` says of each route, service by service, in the order of their names. It looks at
 * all services at once, before the next look changes the view.
 */
export function livePage<Found>(
  view: LiveView,
  asked: LiveAsked,
  find: (traffic: ServiceTraffic) => ReadonlyMap<RouteName, Found>,
): { readonly rows: readonly LiveRow<Found>[]; readonly nextCursor: string | null } {
  const rows: LiveRow<Found>[] = []
  const services = servicesOf(view, asked)
  for (const [index, traffic] of services.entries()) {
    const { service, environment } = traffic
    const routes = [...find(traffic)].toSorted(([a], [b]) => (a < b ? -1 : 1))
    for (const [route, found] of routes) rows.push({ service, environment, route, found })
    if (rows.length < ROUTES_MAX || index === services.length - 1) continue
    return { rows, nextCursor: cursorOf(placeOfService(service)) }
  }
  return { rows, nextCursor: null }
}

function servicesOf(view: LiveView, { service, environment, after }: LiveAsked): ServiceTraffic[] {
  return [...view.services()]
    .filter((traffic) => traffic.environment === environment)
    .filter((traffic) => service === null || traffic.service === service)
    .filter((traffic) => after === null || traffic.service > after)
    .toSorted((a, b) => (a.service < b.service ? -1 : 1))
}
