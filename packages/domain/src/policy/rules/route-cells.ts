import type { RouteName, RouteSelector } from '@portcullis/contracts'

import type { Cell } from '../../window/cell.ts'
import type { RouteCells, RuleFacts } from '../facts.ts'
import { selectsRoute } from '../selects.ts'

/** Gives what each route that a rule looks at did in its window. */
export function* routeCells(
  { cellsOver }: Pick<RuleFacts, 'cellsOver'>,
  { windowMs, routes }: { readonly windowMs: number; readonly routes: RouteSelector | undefined },
): Iterable<readonly [RouteName, Cell]> {
  for (const one of cellsOver(windowMs)) if (selectsRoute(routes, one[0])) yield one
}

/** Returns how many requests ended with one of the statuses: `503`, or a class of them, `5xx`. */
export function countStatuses(
  { statuses, statusCounts }: Cell,
  patterns: readonly string[],
): number {
  return statuses.reduce(
    (sum, status, index) => (isStatus(status, patterns) ? sum + statusCounts[index]! : sum),
    0,
  )
}

/** Whether a status is one of some, or of one of their classes. */
export function isStatus(status: number, patterns: readonly string[]): boolean {
  const text = String(status)
  return patterns.some((one) => one === text || (one.endsWith('xx') && one[0] === text[0]))
}

/** Returns how many requests all routes had together. */
export function countRequests(cells: RouteCells): number {
  let requests = 0
  for (const { count } of cells.values()) requests += count
  return requests
}
