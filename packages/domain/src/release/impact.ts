import {
  type EpochMs,
  MINUTE_MS,
  minuteStartOf,
  plusMs,
  type RouteName,
  SECOND_MS,
  type VersionName,
} from '@portcullis/contracts'

import type { Steps } from '../steps.ts'
import { CellSum } from '../window/cell-sum.ts'
import type { HourCells } from '../window/cell-table.ts'
import { figuresOf, twoDecimals, type WindowFigures } from '../window/figures.ts'
import { addWindowMinutes, type Span } from '../window/minute-sum.ts'
import type { ServiceWindow } from '../window/service-window.ts'
import type { Release } from './state.ts'

/** Which of a service's releases is looked at, and how far around it. */
export interface ImpactQuestion {
  readonly release: Pick<Release, 'version' | 'at'>
  /** How much time before and after it is compared; whole minutes. */
  readonly comparedMs: number
  readonly route: RouteName | null
  readonly asOf: EpochMs
  /** From here on the window is read, before it the stored hours; begins a minute. */
  readonly windowFrom: EpochMs
  /** Requests that each side must have before their difference says anything. */
  readonly samplesMin: number
}

/** What changed from before to after. */
export interface ImpactChange {
  readonly p95_ms: number
  readonly p95_pct: number
  /** In percentage points. */
  readonly err_rate: number
  /** Of requests over time; the rates that are shown are rounded, and small ones say little. */
  readonly rps_pct: number
}

/** A route before and after a release. */
export interface RouteImpact {
  readonly before: WindowFigures
  readonly after: WindowFigures
  /** Null where one of the two had too few requests to say anything. */
  readonly change: ImpactChange | null
}

interface Sides {
  readonly before: CellSum
  readonly after: CellSum
}

/**
 * Sums what a service's routes did before and after a release, by the minute. Requests are reported
 * a little after they happened, and a release is known when it is reported: in the minute in which
 * it went live, and in the one before, they are told apart by their version.
 */
export class ReleaseImpact {
  readonly #asked: ImpactQuestion
  /** All that is compared: whole minutes, but for the end, which may be the present. */
  readonly span: Span
  readonly #sides = new Map<RouteName, Sides>()

  constructor(asked: ImpactQuestion) {
    const { release, comparedMs, asOf } = asked
    const from = minuteStartOf(plusMs(release.at, -comparedMs))
    const to = plusMs(minuteStartOf(release.at), comparedMs)
    this.#asked = asked
    this.span = { from, to: Math.min(to, asOf) as EpochMs }
  }

  /** Adds the newest minutes. */
  *addWindow(window: ServiceWindow): Steps<void> {
    const { from, to } = this.span
    const part = { from: Math.max(from, this.#asked.windowFrom) as EpochMs, to }
    yield* addWindowMinutes(window, part, (minute, version, route) =>
      this.#sumOf(minute, version, route),
    )
  }

  /** Adds an hour of a route as it is stored. */
  addHour(route: RouteName, hour: HourCells): void {
    const { from, to } = this.span
    const end = Math.min(to, this.#asked.windowFrom)
    for (const [minute, versions] of hour) {
      if (minute < from || minute >= end) continue
      for (const [version, cell] of versions) this.#sumOf(minute, version, route)?.add(cell)
    }
  }

  /** Returns what became of every route that had requests. */
  routes(): Map<RouteName, RouteImpact> {
    const { release, samplesMin } = this.#asked
    const beforeMs = release.at - this.span.from
    // A release that is being announced may be a moment ahead of its first look.
    const afterMs = Math.max(SECOND_MS, this.span.to - release.at)
    return new Map(
      [...this.#sides].map(([route, sides]) => {
        const before = figuresOf(sides.before.toCell(), beforeMs)
        const after = figuresOf(sides.after.toCell(), afterMs)
        const isKnown = Math.min(before.count, after.count) >= samplesMin
        const change = isKnown ? changeOf({ before, beforeMs, after, afterMs }) : null
        return [route, { before, after, change }]
      }),
    )
  }

  #sumOf(minute: EpochMs, version: VersionName, route: RouteName): CellSum | null {
    if (this.#asked.route !== null && this.#asked.route !== route) return null
    const found = this.#sides.get(route) ?? { before: new CellSum(), after: new CellSum() }
    this.#sides.set(route, found)
    return this.#isAfter(minute, version) ? found.after : found.before
  }

  #isAfter(minute: EpochMs, version: VersionName): boolean {
    const { release } = this.#asked
    const released = minuteStartOf(release.at)
    if (minute > released) return true
    return minute >= released - MINUTE_MS && version === release.version
  }
}

function changeOf(sides: {
  readonly before: WindowFigures
  readonly beforeMs: number
  readonly after: WindowFigures
  readonly afterMs: number
}): ImpactChange | null {
  const { before, beforeMs, after, afterMs } = sides
  if (before.p95_ms === null || after.p95_ms === null) return null
  return {
    // Both are whole microseconds: so is their difference, once it is rounded.
    p95_ms: Math.round((after.p95_ms - before.p95_ms) * 1_000) / 1_000,
    p95_pct: percentMore(before.p95_ms, after.p95_ms),
    err_rate: twoDecimals((after.err_rate ?? 0) - (before.err_rate ?? 0)),
    rps_pct: percentMore(before.count / beforeMs, after.count / afterMs),
  }
}

/** By how much percent the second is more than the first, which is not 0; two decimals. */
function percentMore(before: number, after: number): number {
  return twoDecimals((100 * (after - before)) / before)
}
