import {
  type EnvironmentName,
  type EpochMs,
  HOUR_MS,
  plusMs,
  type ProjectId,
  type RouteName,
  type ServiceName,
  type VersionName,
} from '@portcullis/contracts'
import {
  frozenWindow,
  type HistoryPoint,
  hoursBefore,
  RouteHistory,
  type Span,
  stepStartOf,
  wholeMinutesFrom,
} from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { inTurns } from '../in-turns.ts'
import { keptSince } from '../live/live-traffic.ts'
import type { LiveView, LiveViews } from '../live/live-view.ts'
import { compactedTo, eachHour, hoursIn } from './query-hours.ts'
import { type Page, pageOf, type TooMuch } from './query-page.ts'
import { countRoutesByService } from './routes.ts'
import { windowIn } from './windows.ts'

/** What of the past is asked for. */
export interface HistoryAsked {
  /** Null asks for all services that were heard of while batches are kept, a page at a time. */
  readonly service: ServiceName | null
  readonly environment: EnvironmentName
  /** The page begins after this service. */
  readonly after: ServiceName | null
  readonly route: RouteName | null
  readonly version: VersionName | undefined
  /** Null: an hour before `to`. */
  readonly from: EpochMs | null
  /** Null: the present. */
  readonly to: EpochMs | null
  /** Whole minutes that divide an hour. */
  readonly stepMs: number
}

/** How much one answer may hold, and one question may make us read. */
export interface HistoryLimits {
  readonly pointsMax: number
  readonly hoursMax: number
}

/** What became of the past. */
export interface History {
  readonly view: Pick<LiveView, 'look' | 'heads'>
  /** What was asked for, in whole steps. */
  readonly span: Span
  readonly compactedTo: EpochMs | null
  readonly services: readonly {
    readonly service: ServiceName
    readonly routes: ReadonlyMap<RouteName, readonly HistoryPoint[]>
  }[]
  readonly next: ServiceName | null
}

/** What queries of the past are answered from. */
export interface PastStore {
  readonly db: Db
  readonly project: ProjectId
  readonly live: LiveViews
}

/**
 * Returns routes' figures step by step: of the newest minutes from the live windows, which hold
 * whatever was committed before the call; of older ones from `metric_minutes`.
 */
export async function readHistory(
  { db, project, live }: PastStore,
  asked: HistoryAsked,
  limits: HistoryLimits,
): Promise<History | TooMuch> {
  const planned = spanOf(asked, (await live.next()).look.now)
  const page = await historyPage(db, project, { asked, span: planned, limits })
  if ('rejected' in page) return page
  const compacted = await compactedTo(db, project)
  const view = await live.next()
  const { look, heads } = view
  const span = spanOf(asked, look.now)
  const windowFrom = wholeMinutesFrom(keptSince(look.now))
  const question = {
    span: { from: span.from, to: Math.min(span.to, look.now) as EpochMs },
    stepMs: asked.stepMs,
    windowFrom,
    selection: { route: asked.route ?? undefined, version: asked.version },
  }
  // Before anything is awaited: the next look changes the windows.
  const services = page.services.map(({ service, routes }) => {
    const scope = { service, environment: asked.environment }
    const window = windowIn(view.services(), scope)
    const frozen = window === undefined ? undefined : frozenWindow(window)
    return { service, scope, routes, frozen, history: new RouteHistory(question) }
  })
  const hours = hoursBefore(question.span, windowFrom)
  for (const { scope, routes, frozen, history } of services) {
    if (frozen !== undefined) await inTurns(history.addWindow(frozen))
    await eachHour(db, project, { scope, routes, hours }, (route, hour) =>
      history.addHour(route, hour),
    )
  }
  return {
    view: { look, heads },
    span,
    compactedTo: compacted,
    services: services.map(({ service, history }) => ({ service, routes: history.points() })),
    next: page.next,
  }
}

/** Returns the whole steps that hold what is asked for. */
function spanOf({ from, to, stepMs }: HistoryAsked, now: EpochMs): Span {
  const end = to ?? now
  return {
    from: stepStartOf(from ?? plusMs(end, -HOUR_MS), stepMs),
    to: stepStartOf(end + stepMs - 1, stepMs),
  }
}

async function historyPage(
  db: Db,
  project: ProjectId,
  given: { asked: HistoryAsked; span: Span; limits: HistoryLimits },
): Promise<Page | TooMuch> {
  const { asked, span, limits } = given
  const services =
    asked.service === null ? await servicesAfter(db, project, asked) : [asked.service]
  const steps = (span.to - span.from) / asked.stepMs
  const hours = hoursIn(hoursBefore(span, span.to))
  const perRoute = Math.max(steps / limits.pointsMax, hours / limits.hoursMax)
  return pageOf(db, project, { ...asked, services }, (_service, routes) => routes * perRoute)
}

async function servicesAfter(
  db: Db,
  project: ProjectId,
  { environment, after }: HistoryAsked,
): Promise<ServiceName[]> {
  const counted = await countRoutesByService(db, project)
  return counted
    .filter((one) => one.environment === environment)
    .map((one) => one.service)
    .filter((service) => after === null || service > after)
    .toSorted()
}
