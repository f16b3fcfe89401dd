import { BUCKET_MS, type EpochMs, type RouteName, type VersionName } from '@portcullis/contracts'

import { addCellAt, type BucketCells } from './cell-table.ts'
import { type Cell, emptyCell, type OpenCell } from './cell.ts'
import { figuresOf, WINDOW_BUCKETS, type WindowFigures, windowStartOf } from './figures.ts'
import { cellOf, cellsOfBucket, type ServiceWindow, startsOf } from './service-window.ts'

/** A route's figures over 1, 5 and 15 minutes. */
export type RouteWindows = Readonly<Record<keyof typeof WINDOW_BUCKETS, WindowFigures>>

/** A route's figures in the bucket that begins at `t`. */
export interface TrendPoint extends Pick<WindowFigures, 'count' | 'rps' | 'p95_ms' | 'err_rate'> {
  readonly t: EpochMs
}

const NOTHING: BucketCells = new Map()

/** Which cells are asked for: of one version, of one route, or of all of them together. */
export interface Selection {
  readonly version?: VersionName | undefined
  readonly route?: RouteName | undefined
}

/**
 * Returns the figures of every route that was seen in the last 15 minutes as of an instant. Each
 * bucket is opened once, and added to the ones after it: the minute, then five, then fifteen.
 */
export function routeWindows(
  window: ServiceWindow,
  asOf: EpochMs,
  selection: Selection = {},
): Map<RouteName, RouteWindows> {
  const { m1, m5, m15 } = WINDOW_BUCKETS
  const newestFirst = startsOf(asOf, m15).toReversed()
  const sums = new Map<RouteName, OpenCell>()
  const figuresTo = (from: number, to: number) => {
    for (const start of newestFirst.slice(from, to)) {
      for (const [route, cell] of cellsAt(window, start, selection)) addCellAt(sums, route, cell)
    }
    const spanMs = asOf - windowStartOf(asOf, to)
    const nothing = figuresOf(emptyCell(), spanMs)
    const figures = new Map([...sums].map(([route, cell]) => [route, figuresOf(cell, spanMs)]))
    return (route: RouteName) => figures.get(route) ?? nothing
  }
  const of = { m1: figuresTo(0, m1), m5: figuresTo(m1, m5), m15: figuresTo(m5, m15) }
  return new Map(
    [...sums.keys()].map((route) => [
      route,
      { m1: of.m1(route), m5: of.m5(route), m15: of.m15(route) },
    ]),
  )
}

/**
 * Returns the last five minutes of every route that was seen in them, in 30 points, the oldest
 * first: one for every bucket, also where nothing happened.
 */
export function routeTrends(
  window: ServiceWindow,
  asOf: EpochMs,
  selection: Selection = {},
): Map<RouteName, TrendPoint[]> {
  const starts = startsOf(asOf, WINDOW_BUCKETS.m5)
  const nothing = emptyCell()
  const trends = new Map<RouteName, TrendPoint[]>()
  for (const [index, start] of starts.entries()) {
    for (const [route, cell] of cellsAt(window, start, selection)) {
      const points = trends.get(route) ?? starts.map((t) => pointOf(t, nothing, asOf))
      points[index] = pointOf(start, cell, asOf)
      trends.set(route, points)
    }
  }
  return trends
}

function pointOf(t: EpochMs, cell: Cell, asOf: EpochMs): TrendPoint {
  const { count, rps, p95_ms, err_rate } = figuresOf(cell, Math.min(asOf - t, BUCKET_MS))
  return { t, count, rps, p95_ms, err_rate }
}

function cellsAt(
  window: ServiceWindow,
  start: EpochMs,
  { version, route }: Selection,
): Map<RouteName, Cell> {
  const bucket = cellsOfBucket(window, start) ?? NOTHING
  const routes = route === undefined ? routesIn(bucket, version) : [route]
  const cells = new Map<RouteName, Cell>()
  for (const name of routes) {
    const cell = cellOf(bucket, name, version)
    if (cell !== undefined) cells.set(name, cell)
  }
  return cells
}

function routesIn(bucket: BucketCells, version: VersionName | undefined): Set<RouteName> {
  const versions = version === undefined ? [...bucket.keys()] : [version]
  return new Set(versions.flatMap((name) => [...(bucket.get(name)?.keys() ?? [])]))
}
