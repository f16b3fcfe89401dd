import { BUCKET_MS, type EpochMs, type RouteName } from '@portcullis/contracts'

import { CellSum } from './cell-sum.ts'
import type { BucketCells } from './cell-table.ts'
import type { Cell } from './cell.ts'
import { WINDOW_BUCKETS } from './figures.ts'
import { addBucket } from './minute-sum.ts'
import { type ServiceWindow, startsOf } from './service-window.ts'

type Cells = Map<RouteName, Cell>

/** Returns what each route did in the newest buckets as of an instant, of all versions together. */
export function windowCells(window: ServiceWindow, asOf: EpochMs, windowMs: number): Cells {
  return sumOf(window, startsOf(asOf, windowMs / BUCKET_MS), new Map())
}

/** The same, with what does not change remembered. */
export type WindowCells = typeof windowCells

/** What is remembered of a window: sums by their length in milliseconds. */
interface WindowMemory {
  /** Start of the newest bucket. With the next one every sum is another, and some are not asked for again. */
  readonly newest: EpochMs
  readonly sums: Map<number, Remembered>
}

interface Remembered {
  /** The buckets of the sum, as they were: a packed one is replaced when something is added to it. */
  readonly buckets: readonly (Uint8Array | undefined)[]
  readonly cells: Cells
}

/**
 * Returns `windowCells` with a memory: of a long window only the last minute changes from look to look, and to open all
 * other buckets costs some ten milliseconds for 200 routes. What was added to an older bucket is seen.
 */
export function createWindowCells(): WindowCells {
  const known = new WeakMap<ServiceWindow, WindowMemory>()
  return (window, asOf, windowMs) => {
    const starts = startsOf(asOf, windowMs / BUCKET_MS)
    const older = starts.slice(0, -WINDOW_BUCKETS.m1)
    if (older.length === 0) return sumOf(window, starts, new Map())
    const newest = starts.at(-1)!
    let memory = known.get(window)
    if (memory?.newest !== newest) known.set(window, (memory = { newest, sums: new Map() }))
    const buckets = older.map((start) => window.buckets.get(start))
    let cells = memory.sums.get(windowMs)
    if (cells === undefined || !areSame(cells.buckets, buckets)) {
      cells = { buckets: packedOf(buckets), cells: sumOf(window, older, new Map()) }
      memory.sums.set(windowMs, cells)
    }
    return sumOf(window, starts.slice(-WINDOW_BUCKETS.m1), cells.cells)
  }
}

type Bucket = BucketCells | Uint8Array | undefined

/** An open bucket may change in place, and is never the same. */
function areSame(remembered: Remembered['buckets'], buckets: readonly Bucket[]): boolean {
  return (
    remembered.length === buckets.length &&
    remembered.every((bucket, nth) => bucket === buckets[nth])
  )
}

/** What is not packed is remembered as nothing that a window could hold. */
function packedOf(buckets: readonly Bucket[]): Remembered['buckets'] {
  return buckets.map((bucket) =>
    bucket === undefined || bucket instanceof Uint8Array ? bucket : NEVER,
  )
}

const NEVER = new Uint8Array()

function sumOf(window: ServiceWindow, starts: readonly EpochMs[], base: Cells): Cells {
  const sums = new Map<RouteName, CellSum>()
  const sumAt = (route: RouteName): CellSum => {
    let sum = sums.get(route)
    if (sum === undefined) {
      sums.set(route, (sum = new CellSum()))
      const before = base.get(route)
      if (before !== undefined) sum.add(before)
    }
    return sum
  }
  for (const start of starts) addBucket(window, start, (_version, route) => sumAt(route))
  const cells = new Map(base)
  for (const [route, sum] of sums) cells.set(route, sum.toCell())
  return cells
}
