import { BUCKET_MS, bucketStartOf, type EpochMs, type RouteName } from '@portcullis/contracts'

import { type BatchCells, groupAt } from './cell-table.ts'
import { addCell, type Cell, emptyCell, observe, type OpenCell } from './cell.ts'
import { latencyUsOf } from './latency.ts'

/** One request, checked: its route is tidy, and its instant corrected for the sender's clock. */
export interface CheckedObservation {
  readonly route: RouteName
  readonly status: number
  /** 0 to `DURATION_MS_MAX`. */
  readonly durationMs: number
  readonly at: EpochMs
}

/** Returns the cells of a batch's observations; their order does not matter. */
export function foldObservations(observations: Iterable<CheckedObservation>): BatchCells {
  const fold = new BatchFold()
  for (const { route, status, durationMs, at } of observations) {
    fold.observe(route, status, durationMs, at)
  }
  return fold.cells
}

/**
 * Folds the observations of one batch, in whatever order they come, straight from the shape in which
 * a caller has them. The bucket of the last one is remembered: nearly all of a batch fall into it,
 * and to look it up takes a quarter of the whole fold.
 */
export class BatchFold {
  readonly cells: BatchCells = new Map()
  #start = 0
  /** One past the end, so that nothing is in it before the first observation. */
  #end = 0
  #bucket = new Map<RouteName, OpenCell>()

  /** Counts one request; `durationMs` is 0 to `DURATION_MS_MAX`. */
  observe(route: RouteName, status: number, durationMs: number, at: EpochMs): void {
    observe(this.#cellOf(route, at), status, latencyUsOf(durationMs))
  }

  /** Counts the requests of a cell that belongs into the bucket of `at`. */
  addCell(route: RouteName, at: EpochMs, cell: Cell): void {
    addCell(this.#cellOf(route, at), cell)
  }

  #cellOf(route: RouteName, at: EpochMs): OpenCell {
    if (at < this.#start || at >= this.#end) this.#turnTo(bucketStartOf(at))
    const found = this.#bucket.get(route)
    if (found !== undefined) return found
    const cell = emptyCell()
    this.#bucket.set(route, cell)
    return cell
  }

  #turnTo(start: EpochMs): void {
    this.#start = start
    this.#end = start + BUCKET_MS
    this.#bucket = groupAt(this.cells, start)
  }
}
