import { type EpochMs, plusMs, type RouteName } from '@portcullis/contracts'
import {
  type BucketCells,
  type CanaryState,
  type Cell,
  cellsOfBucket,
  emptyWindow,
  foldBatch,
  foldCanary,
  mergeCells,
  type ServiceWindow,
  startCanary,
} from '@portcullis/domain'

import { HISTORY_BUCKETS } from '../release/law.ts'
import { NEW, type SimulatedBucket, SINCE } from '../release/simulate.ts'

/** What one side of a release did in a bucket. */
export interface Side {
  /** All routes together; undefined where there was no request. */
  readonly all: Cell | undefined
  readonly byRoute: ReadonlyMap<RouteName, Cell>
}

/** What both sides did in a bucket; before the release there is no canary. */
export interface SeenBucket {
  readonly canary: Side
  readonly baseline: Side
}

/** All that was seen of a release so far: the same for every judge. */
export interface Seen {
  /** The last millisecond of the newest bucket. */
  readonly asOf: EpochMs
  /** How many buckets there were since the release; 0 at its beginning. */
  readonly watched: number
  readonly buckets: readonly SeenBucket[]
  readonly window: ServiceWindow
  readonly canary: CanaryState
  /**
   * Returns what a side did from one bucket until before another, counted from the release; undefined where it had no
   * request. Judges ask for the same spans again and again.
   */
  readonly over: (side: keyof SeenBucket, from: number, until: number) => Cell | undefined
}

/** Watches a release through the product's own folds. */
export class Watch implements Seen {
  readonly buckets: SeenBucket[] = []
  readonly window = emptyWindow()
  canary = startCanary(NEW, SINCE)
  asOf = SINCE
  watched = 0
  readonly #spans = new Map<string, Cell | undefined>()

  add({ start, batches }: SimulatedBucket): void {
    for (const [version, batch] of batches) foldBatch(this.window, version, batch)
    const cells = cellsOfBucket(this.window, start) ?? new Map()
    this.canary = foldCanary(this.canary, start, cells)
    this.buckets.push({ canary: sideOf(cells, true), baseline: sideOf(cells, false) })
    this.asOf = plusMs(start, 9_999)
    if (start >= SINCE) this.watched += 1
  }

  over(side: keyof SeenBucket, from: number, until: number): Cell | undefined {
    const span = `${side} ${from} ${until}`
    if (this.#spans.has(span)) return this.#spans.get(span)
    const buckets = this.buckets.slice(HISTORY_BUCKETS + from, HISTORY_BUCKETS + until)
    const cells = buckets.flatMap((bucket) => bucket[side].all ?? [])
    const sum = cells.length === 0 ? undefined : mergeCells(cells)
    this.#spans.set(span, sum)
    return sum
  }
}

function sideOf(cells: BucketCells, isCanary: boolean): Side {
  const found = [...cells].find(([version]) => (version === NEW) === isCanary)
  const byRoute: ReadonlyMap<RouteName, Cell> = found?.[1] ?? new Map()
  return { byRoute, all: byRoute.size === 0 ? undefined : mergeCells([...byRoute.values()]) }
}
