import { BUCKET_MS, type EpochMs, type RouteName, type RouteSelector } from '@portcullis/contracts'

import { CellSum } from '../../window/cell-sum.ts'
import type { Cell } from '../../window/cell.ts'
import { addBucket } from '../../window/minute-sum.ts'
import { type ServiceWindow, startsOf } from '../../window/service-window.ts'
import { selectsRoute } from '../selects.ts'

/** Returns what each selected route did in the newest buckets as of an instant, of all versions together. */
export function routeCells(
  window: ServiceWindow,
  asOf: EpochMs,
  { windowMs, routes }: { readonly windowMs: number; readonly routes: RouteSelector | undefined },
): Map<RouteName, Cell> {
  const sums = new Map<RouteName, CellSum | null>()
  const sumOf = (route: RouteName): CellSum | null => {
    let sum = sums.get(route)
    if (sum === undefined) {
      sum = selectsRoute(routes, route) ? new CellSum() : null
      sums.set(route, sum)
    }
    return sum
  }
  for (const start of startsOf(asOf, windowMs / BUCKET_MS)) {
    addBucket(window, start, (_version, route) => sumOf(route))
  }
  return new Map(
    [...sums].flatMap(([route, sum]) => (sum === null ? [] : [[route, sum.toCell()] as const])),
  )
}

/** Returns how many requests ended with one of the statuses: `503`, or a class of them, `5xx`. */
export function countStatuses(
  { statuses, statusCounts }: Cell,
  patterns: readonly string[],
): number {
  return statuses.reduce((sum, status, index) => {
    const text = String(status)
    const isMeant = patterns.some(
      (one) => one === text || (one.endsWith('xx') && one[0] === text[0]),
    )
    return isMeant ? sum + statusCounts[index]! : sum
  }, 0)
}
