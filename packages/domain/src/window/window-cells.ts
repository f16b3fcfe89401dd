import { BUCKET_MS, type EpochMs, type RouteName } from '@portcullis/contracts'

import { CellSum } from './cell-sum.ts'
import type { Cell } from './cell.ts'
import { addBucket } from './minute-sum.ts'
import { type ServiceWindow, startsOf } from './service-window.ts'

/** Returns what each route did in the newest buckets as of an instant, of all versions together. */
export function windowCells(
  window: ServiceWindow,
  asOf: EpochMs,
  windowMs: number,
): Map<RouteName, Cell> {
  const sums = new Map<RouteName, CellSum>()
  const sumOf = (route: RouteName): CellSum => {
    let sum = sums.get(route)
    if (sum === undefined) sums.set(route, (sum = new CellSum()))
    return sum
  }
  for (const start of startsOf(asOf, windowMs / BUCKET_MS)) {
    addBucket(window, start, (_version, route) => sumOf(route))
  }
  return new Map([...sums].map(([route, sum]) => [route, sum.toCell()]))
}
