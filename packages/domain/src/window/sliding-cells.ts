import { BUCKET_MS, type EpochMs, plusMs, type RouteName } from '@portcullis/contracts'

import type { BatchCells } from './cell-table.ts'
import { addCount, type Cell, plus } from './cell.ts'
import { windowStartOf } from './figures.ts'
import { cellsOfBucket, type ServiceWindow } from './service-window.ts'
import { type LimitBins, thinBinsOf, thinIndexOf } from './thin-cells.ts'

type Cells = ReadonlyMap<RouteName, Cell>

/**
 * What each route of a service did in windows that move forward in time: what enters is added and what leaves is taken away, so
 * that a window of thirty buckets costs as much as one of six. Of latencies it knows what a thin cell does (`thinBucket`): how
 * many requests were above each limit.
 */
export class SlidingCells {
  readonly #limits: LimitBins
  /** By length in milliseconds; those that were asked for. */
  readonly #sums = new Map<number, SlidingSum>()

  constructor(limits: LimitBins) {
    this.#limits = limits
  }

  /** Adds what came late, after it was folded: cells of buckets that are in a sum already. */
  fold(batch: BatchCells): void {
    for (const sum of this.#sums.values()) sum.fold(batch)
  }

  /** Moves on to windows that end at an instant. The service's window must still hold what leaves them. */
  slideTo(window: ServiceWindow, asOf: EpochMs): void {
    for (const sum of this.#sums.values()) sum.slideTo(window, asOf)
  }

  /** Returns what each route did in a window, by their names. It is read at once: the next move changes it. */
  cellsOver(window: ServiceWindow, asOf: EpochMs, windowMs: number): Cells {
    let sum = this.#sums.get(windowMs)
    if (sum === undefined) {
      sum = new SlidingSum(this.#limits, windowMs / BUCKET_MS)
      sum.slideTo(window, asOf)
      this.#sums.set(windowMs, sum)
    }
    return sum.cells()
  }
}

/** Sums stay there (`plus`), and nothing can be taken away from them then: a larger one is made anew at each move. */
const COUNT_MAX = Number.MAX_SAFE_INTEGER

class SlidingSum {
  readonly #bins: readonly number[]
  readonly #buckets: number
  /** Starts of the oldest bucket in the sum, and of the first one after it. */
  #oldest = 0 as EpochMs
  #end = 0 as EpochMs
  #routes = new Map<RouteName, SlidingCell>()
  #isInOrder = true
  #total = 0

  constructor(limits: LimitBins, buckets: number) {
    this.#bins = thinBinsOf(limits)
    this.#buckets = buckets
  }

  fold(batch: BatchCells): void {
    for (const [start, cells] of batch) {
      if (start >= this.#oldest && start < this.#end) this.#add(cells, 1)
    }
  }

  slideTo(window: ServiceWindow, asOf: EpochMs): void {
    const oldest = windowStartOf(asOf, this.#buckets)
    const end = plusMs(oldest, this.#buckets * BUCKET_MS)
    if (oldest >= this.#end || this.#total > COUNT_MAX) this.#clear()
    else this.#addSpan(window, { from: this.#oldest, to: oldest }, -1)
    this.#addSpan(window, { from: Math.max(this.#end, oldest) as EpochMs, to: end }, 1)
    this.#oldest = oldest
    this.#end = end
  }

  cells(): Cells {
    for (const [route, { count }] of this.#routes) if (count === 0) this.#routes.delete(route)
    if (!this.#isInOrder) {
      this.#routes = new Map([...this.#routes].toSorted(([a], [b]) => (a < b ? -1 : 1)))
      this.#isInOrder = true
    }
    return this.#routes
  }

  #clear(): void {
    this.#routes = new Map()
    this.#total = 0
    this.#end = 0 as EpochMs
  }

  #addSpan(
    window: ServiceWindow,
    { from, to }: { readonly from: EpochMs; readonly to: EpochMs },
    times: 1 | -1,
  ): void {
    for (let start = from; start < to; start = plusMs(start, BUCKET_MS)) {
      for (const cells of cellsOfBucket(window, start)?.values() ?? []) this.#add(cells, times)
    }
  }

  #add(cells: Cells, times: 1 | -1): void {
    for (const [route, cell] of cells) {
      this.#total += times * cell.count
      let sum = this.#routes.get(route)
      if (sum === undefined) {
        this.#routes.set(route, (sum = new SlidingCell(this.#bins)))
        this.#isInOrder = false
      }
      sum.add(cell, times)
    }
  }
}

/** A sum of cells, from which they can be taken away again: of latencies it knows the counts above limits, and nothing else. */
class SlidingCell implements Cell {
  count = 0
  readonly sumUs = 0
  readonly minUs = 0
  readonly maxUs = Infinity
  readonly statuses: number[] = []
  readonly statusCounts: number[] = []
  readonly bins: readonly number[]
  readonly binCounts: number[]

  constructor(bins: readonly number[]) {
    this.bins = bins
    this.binCounts = bins.map(() => 0)
  }

  add(cell: Cell, times: 1 | -1): void {
    this.count = plus(this.count, times * cell.count)
    const { statuses, statusCounts, bins, binCounts } = cell
    for (let index = 0; index < statuses.length; index += 1) {
      addCount(this.statuses, this.statusCounts, statuses[index]!, times * statusCounts[index]!)
    }
    let limit = 0
    for (let index = 0; index < bins.length; index += 1) {
      limit = thinIndexOf(this.bins, bins[index]!, limit)
      this.binCounts[limit] = plus(this.binCounts[limit]!, times * binCounts[index]!)
    }
  }
}
