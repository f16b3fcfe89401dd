import {
  type EnvironmentName,
  type EpochMs,
  plusMs,
  type RouteName,
  type ServiceName,
} from '@portcullis/contracts'
import {
  frozenWindow,
  hoursBefore,
  ReleaseImpact,
  type RouteImpact,
  type Span,
  wholeMinutesFrom,
} from '@portcullis/domain'

import { inTurns } from '../in-turns.ts'
import { keptSince } from '../live/live-traffic.ts'
import type { LiveView } from '../live/live-view.ts'
import type { ReleaseRow } from '../releases/model.ts'
import { newestReleases } from '../releases/query-newest.ts'
import type { PastStore } from './query-history.ts'
import { compactedTo, eachHour, hoursIn } from './query-hours.ts'
import { pageOf, type TooMuch } from './query-page.ts'
import { windowIn } from './windows.ts'

/** What is asked about releases. */
export interface ImpactAsked {
  /** Null asks for every service that has a release, a page at a time. */
  readonly service: ServiceName | null
  readonly environment: EnvironmentName
  /** The page begins after this service. */
  readonly after: ServiceName | null
  readonly route: RouteName | null
  /** How much time before and after a release is compared; whole minutes. */
  readonly comparedMs: number
  readonly samplesMin: number
}

/** The newest release of a service, and what it did to each route. */
export interface ServiceImpact {
  readonly release: ReleaseRow
  /** What was compared. */
  readonly span: Span
  readonly routes: ReadonlyMap<RouteName, RouteImpact>
}

/** What became of the newest releases. */
export interface Impacts {
  readonly view: Pick<LiveView, 'look' | 'heads'>
  readonly compactedTo: EpochMs | null
  readonly services: readonly ServiceImpact[]
  readonly next: ServiceName | null
}

/** Compares the traffic of services before and after their newest release. */
export async function readImpacts(
  { db, project, live }: PastStore,
  asked: ImpactAsked,
  { hoursMax }: { readonly hoursMax: number },
): Promise<Impacts | TooMuch> {
  const releases = await newestReleases(db, project, asked)
  const byService = new Map(releases.map((release) => [release.service, release]))
  const page = await pageOf(
    db,
    project,
    { ...asked, services: [...byService.keys()] },
    (service, routes) => (routes * hoursAround(byService.get(service)!, asked)) / hoursMax,
  )
  if ('rejected' in page) return page
  const compacted = await compactedTo(db, project)
  const view = await live.next()
  const { look, heads } = view
  const windowFrom = wholeMinutesFrom(keptSince(look.now))
  // Before anything is awaited: the next look changes the windows.
  const services = page.services.map(({ service, routes }) => {
    const release = byService.get(service)!
    const impact = new ReleaseImpact({ ...asked, release, asOf: look.now, windowFrom })
    const window = windowIn(view.services(), release)
    const frozen = window === undefined ? undefined : frozenWindow(window)
    return { release, routes, frozen, impact }
  })
  for (const { release, routes, frozen, impact } of services) {
    if (frozen !== undefined) await inTurns(impact.addWindow(frozen))
    const hours = hoursBefore(impact.span, windowFrom)
    await eachHour(db, project, { scope: release, routes, hours }, (route, hour) =>
      impact.addHour(route, hour),
    )
  }
  return {
    view: { look, heads },
    compactedTo: compacted,
    services: services.map(({ release, impact }) => ({
      release,
      span: impact.span,
      routes: impact.routes(),
    })),
    next: page.next,
  }
}

/** How many hours of a route are read for a release at most. */
function hoursAround({ at }: ReleaseRow, { comparedMs }: ImpactAsked): number {
  const span = { from: plusMs(at, -comparedMs), to: plusMs(at, comparedMs) }
  return hoursIn(hoursBefore(span, span.to))
}
