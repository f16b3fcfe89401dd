import {
  type EpochMs,
  HOUR_MS,
  MINUTE_MS,
  minuteStartOf,
  plusMs,
  type RouteName,
} from '@portcullis/contracts'

import type { Steps } from '../steps.ts'
import { CellSum } from './cell-sum.ts'
import type { HourCells } from './cell-table.ts'
import { figuresOf, type WindowFigures } from './figures.ts'
import { addWindowMinutes, type Span } from './minute-sum.ts'
import { isSelected, type Selection, sumAt } from './route-windows.ts'
import type { ServiceWindow } from './service-window.ts'

/** A route's figures in the step that begins at `t`. Steps without a request have none. */
export interface HistoryPoint extends WindowFigures {
  readonly t: EpochMs
}

/** What of a service is asked for. */
export interface HistoryQuestion {
  /** Whole steps, but for the end, which may be the present. */
  readonly span: Span
  /** Whole minutes that divide an hour, so that no step lies in two hours. */
  readonly stepMs: number
  /** From here on the window is read, before it the stored hours; begins a minute. */
  readonly windowFrom: EpochMs
  readonly selection: Selection
}

/**
 * Sums the history of one service's routes, step by step: its window once, then stored hours in any
 * order, each of them once. What is in both is taken from the window.
 */
export class RouteHistory {
  readonly #asked: HistoryQuestion
  readonly #points = new Map<RouteName, HistoryPoint[]>()
  /** Sums of the step in which the window begins: its first minutes are in a stored hour. */
  #begun = new Map<RouteName, CellSum>()

  constructor(asked: HistoryQuestion) {
    this.#asked = asked
  }

  /** Adds the newest minutes. One step at a time is summed: sums are larger than figures. */
  *addWindow(window: ServiceWindow): Steps<void> {
    const { span, stepMs, windowFrom, selection } = this.#asked
    const from = Math.max(span.from, windowFrom)
    for (let step = stepStartOf(from, stepMs); step < span.to; step = plusMs(step, stepMs)) {
      const part = {
        from: Math.max(step, from) as EpochMs,
        to: Math.min(step + stepMs, span.to) as EpochMs,
      }
      const sums = new Map<RouteName, CellSum>()
      yield* addWindowMinutes(window, part, (_minute, version, route) =>
        isSelected(selection, version, route) ? sumAt(sums, route) : null,
      )
      if (step < part.from) this.#begun = sums
      else for (const [route, sum] of sums) this.#put(route, step, sum)
    }
  }

  /** Adds an hour of a route as it is stored. */
  addHour(route: RouteName, hour: HourCells): void {
    const { span, stepMs, windowFrom, selection } = this.#asked
    const sums = new Map<EpochMs, CellSum>()
    for (const [minute, versions] of hour) {
      if (minute < span.from || minute >= Math.min(span.to, windowFrom)) continue
      for (const [version, cell] of versions) {
        if (!isSelected(selection, version, route)) continue
        this.#sumAt(sums, route, stepStartOf(minute, stepMs)).add(cell)
      }
    }
    for (const [step, sum] of sums) this.#put(route, step, sum)
  }

  /** Returns the points of every route that had requests, the oldest first. */
  points(): Map<RouteName, HistoryPoint[]> {
    const { stepMs, windowFrom } = this.#asked
    const step = stepStartOf(windowFrom, stepMs)
    for (const [route, sum] of this.#begun) this.#put(route, step, sum)
    this.#begun.clear()
    for (const points of this.#points.values()) points.sort((a, b) => a.t - b.t)
    return this.#points
  }

  #sumAt(sums: Map<EpochMs, CellSum>, route: RouteName, step: EpochMs): CellSum {
    const found = sums.get(step)
    if (found !== undefined) return found
    const begun = step === stepStartOf(this.#asked.windowFrom, this.#asked.stepMs)
    const sum = (begun ? this.#begun.get(route) : undefined) ?? new CellSum()
    if (begun) this.#begun.delete(route)
    sums.set(step, sum)
    return sum
  }

  #put(route: RouteName, t: EpochMs, sum: CellSum): void {
    const { span, stepMs } = this.#asked
    const lastedMs = Math.min(span.to - t, stepMs)
    const points = this.#points.get(route) ?? []
    points.push({ t, ...figuresOf(sum.toCell(), lastedMs) })
    this.#points.set(route, points)
  }
}

/** Returns the start of the step that holds an instant. */
export function stepStartOf(at: number, stepMs: number): EpochMs {
  return (at - (at % stepMs)) as EpochMs
}

/** Returns the span of the whole hours that hold a span's minutes before `windowFrom`. */
export function hoursBefore({ from, to }: Span, windowFrom: EpochMs): Span {
  const first = stepStartOf(from, HOUR_MS)
  const end = Math.min(to, windowFrom)
  if (end <= from) return { from: first, to: first }
  return { from: first, to: stepStartOf(end + HOUR_MS - 1, HOUR_MS) }
}

/** Returns the start of the oldest minute of which a window that begins at `oldest` holds all. */
export function wholeMinutesFrom(oldest: EpochMs): EpochMs {
  return minuteStartOf(plusMs(oldest, MINUTE_MS - 1))
}
