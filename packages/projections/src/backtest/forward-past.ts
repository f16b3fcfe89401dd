import {
  type EpochMs,
  HOUR_MS,
  hourStartOf,
  minuteStartOf,
  plusMs,
  type ProjectId,
  type RouteName,
} from '@portcullis/contracts'
import {
  type Cell,
  type HourCells,
  mergeCells,
  type RouteCells,
  type Span,
} from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { addCellTo, type FoundCells, type PastAsked, spanOf } from '../live/live-past.ts'
import { eachHour, storedRoutes } from '../traffic/query-hours.ts'
import { serviceKeyOf, type ServiceScope } from '../traffic/windows.ts'

type RouteHours = ReadonlyMap<RouteName, HourCells>

/** Hours of services that are kept; a window reaches into two. */
const HOURS_KEPT_MAX = 64

/** What routes did a while before each instant, from stored minutes, hour by hour. */
export class ForwardPast {
  readonly #db: Db
  readonly #project: ProjectId
  readonly #hours = new Map<string, RouteHours>()

  constructor(db: Db, project: ProjectId) {
    this.#db = db
    this.#project = project
  }

  /** Null where nothing is kept of that time. */
  async of(asked: PastAsked, now: EpochMs): Promise<RouteCells | null> {
    const { from, to } = spanOf(asked, minuteStartOf(now))
    const found: FoundCells = new Map()
    for (let hour = hourStartOf(from); hour < to; hour = plusMs(hour, HOUR_MS)) {
      for (const [route, cells] of await this.#hourOf(asked.scope, hour)) {
        for (const cell of cellsBetween(cells, { from, to })) addCellTo(found, route, cell)
      }
    }
    if (found.size === 0) return null
    return new Map([...found].map(([route, cells]) => [route, mergeCells(cells)]))
  }

  async #hourOf(scope: ServiceScope, hour: EpochMs): Promise<RouteHours> {
    const key = `${serviceKeyOf(scope)}\n${hour}`
    const known = this.#hours.get(key)
    if (known !== undefined) return known
    const routes = await storedRoutes(this.#db, this.#project, scope)
    const hours = new Map<RouteName, HourCells>()
    const asked = { scope, routes, hours: { from: hour, to: plusMs(hour, HOUR_MS) } }
    await eachHour(this.#db, this.#project, asked, (route, cells) => void hours.set(route, cells))
    if (this.#hours.size >= HOURS_KEPT_MAX) this.#hours.delete(this.#hours.keys().next().value!)
    this.#hours.set(key, hours)
    return hours
  }
}

function* cellsBetween(hour: HourCells, { from, to }: Span): Iterable<Cell> {
  for (const [minute, versions] of hour) {
    if (minute >= from && minute < to) yield* versions.values()
  }
}
