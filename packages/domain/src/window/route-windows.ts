import { BUCKET_MS, type EpochMs, type RouteName, type VersionName } from '@portcullis/contracts'

import type { Steps } from '../steps.ts'
import { CellSum } from './cell-sum.ts'
import type { Cell } from './cell.ts'
import { figuresOf, WINDOW_BUCKETS, type WindowFigures, windowStartOf } from './figures.ts'
import { addBucket } from './minute-sum.ts'
import { type ServiceWindow, startsOf } from './service-window.ts'

/** A route's figures over 1, 5 and 15 minutes. */
export type RouteWindows = Readonly<Record<keyof typeof WINDOW_BUCKETS, WindowFigures>>

/** A route's figures in the bucket that begins at `t`. */
export interface TrendPoint extends Pick<WindowFigures, 'count' | 'rps' | 'p95_ms' | 'err_rate'> {
  readonly t: EpochMs
}

/** Which cells are asked for: of one version, of one route, or of all of them together. */
export interface Selection {
  readonly version?: VersionName | undefined
  readonly route?: RouteName | undefined
}

type Sums = Map<RouteName, CellSum>

const NOTHING: Cell = new CellSum().toCell()

/** Routes whose figures are made in one step. */
const ROUTES_A_STEP = 64

/**
 * Returns the figures of every route that was seen in the last 15 minutes as of an instant. Each
 * bucket is read once, and added to the ones after it: the minute, then five, then fifteen. The
 * window must not change meanwhile (`frozenWindow`).
 */
export function* routeWindows(
  window: ServiceWindow,
  asOf: EpochMs,
  selection: Selection = {},
): Steps<Map<RouteName, RouteWindows>> {
  const { m1, m5, m15 } = WINDOW_BUCKETS
  const newestFirst = startsOf(asOf, m15).toReversed()
  const sums: Sums = new Map()
  function* figuresTo(from: number, to: number): Steps<(route: RouteName) => WindowFigures> {
    for (const start of newestFirst.slice(from, to)) {
      addRoutes(sums, window, start, selection)
      yield
    }
    const spanMs = asOf - windowStartOf(asOf, to)
    const nothing = figuresOf(NOTHING, spanMs)
    const figures = new Map<RouteName, WindowFigures>()
    for (const [route, sum] of sums) {
      figures.set(route, figuresOf(sum.toCell(), spanMs))
      if (figures.size % ROUTES_A_STEP === 0) yield
    }
    return (route) => figures.get(route) ?? nothing
  }
  const inMinute = yield* figuresTo(0, m1)
  const inFive = yield* figuresTo(m1, m5)
  const inFifteen = yield* figuresTo(m5, m15)
  return new Map(
    [...sums.keys()].map((route) => [
      route,
      { m1: inMinute(route), m5: inFive(route), m15: inFifteen(route) },
    ]),
  )
}

/**
 * Returns the last five minutes of every route that was seen in them, in 30 points, the oldest
 * first: one for every bucket, also where nothing happened. The window must not change meanwhile.
 */
export function* routeTrends(
  window: ServiceWindow,
  asOf: EpochMs,
  selection: Selection = {},
): Steps<Map<RouteName, TrendPoint[]>> {
  const starts = startsOf(asOf, WINDOW_BUCKETS.m5)
  const trends = new Map<RouteName, TrendPoint[]>()
  for (const [index, start] of starts.entries()) {
    const sums: Sums = new Map()
    addRoutes(sums, window, start, selection)
    yield
    let done = 0
    for (const [route, sum] of sums) {
      const points = trends.get(route) ?? starts.map((t) => pointOf(t, NOTHING, asOf))
      points[index] = pointOf(start, sum.toCell(), asOf)
      trends.set(route, points)
      done += 1
      if (done % ROUTES_A_STEP === 0) yield
    }
  }
  return trends
}

function pointOf(t: EpochMs, cell: Cell, asOf: EpochMs): TrendPoint {
  const { count, rps, p95_ms, err_rate } = figuresOf(cell, Math.min(asOf - t, BUCKET_MS))
  return { t, count, rps, p95_ms, err_rate }
}

/** Adds what was seen in a bucket to the sums of its routes. */
function addRoutes(sums: Sums, window: ServiceWindow, start: EpochMs, selection: Selection): void {
  addBucket(window, start, (version, route) =>
    isSelected(selection, version, route) ? sumAt(sums, route) : null,
  )
}

/** Whether cells of a version and route are asked for. */
export function isSelected(selection: Selection, version: VersionName, route: RouteName): boolean {
  return (
    (selection.version === undefined || selection.version === version) &&
    (selection.route === undefined || selection.route === route)
  )
}

/** Returns the sum of a route; an empty one is put there first where there is none. */
export function sumAt(sums: Sums, route: RouteName): CellSum {
  const found = sums.get(route)
  if (found !== undefined) return found
  const sum = new CellSum()
  sums.set(route, sum)
  return sum
}
