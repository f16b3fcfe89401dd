import type { EnvironmentName, ProjectId, RouteName, ServiceName } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import { storedRoutes } from './query-hours.ts'

/** A service of a page, and the routes of it whose stored hours are read. */
export interface PageService {
  readonly service: ServiceName
  readonly routes: readonly RouteName[]
}

/** How much an answer may take: a service's share of it, 1 being all. */
export type ShareOf = (service: ServiceName, routes: number) => number

/** Services that fit into one answer. */
export interface Page {
  readonly services: readonly PageService[]
  /** The next page begins after this service; null when this is the last one. */
  readonly next: ServiceName | null
}

/** A single service does not fit: its share of an answer, above 1. */
export interface TooMuch {
  readonly rejected: 'too_much'
  readonly service: ServiceName
  readonly share: number
}

/** More are not looked at for one page: each costs a statement. */
const SERVICES_MAX = 100

/** Takes services, in the order given, for as long as they fit into one answer. */
export async function pageOf(
  db: Db,
  project: ProjectId,
  asked: {
    readonly services: readonly ServiceName[]
    readonly environment: EnvironmentName
    readonly route: RouteName | null
  },
  shareOf: ShareOf,
): Promise<Page | TooMuch> {
  const { environment, route } = asked
  const services: PageService[] = []
  let taken = 0
  for (const service of asked.services) {
    const before = services.at(-1)?.service ?? null
    if (services.length === SERVICES_MAX) return { services, next: before }
    const scope = { service, environment }
    const routes = route === null ? await storedRoutes(db, project, scope) : [route]
    const share = shareOf(service, routes.length)
    if (share > 1) {
      return before === null ? { rejected: 'too_much', service, share } : { services, next: before }
    }
    taken += share
    if (taken > 1) return { services, next: before }
    services.push({ service, routes })
  }
  return { services, next: null }
}
