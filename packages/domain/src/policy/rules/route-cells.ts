import type { RouteName, RouteSelector } from '@portcullis/contracts'

import { remembered } from '../../remembered.ts'
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

/** Returns how many requests ended with a status that is counted. */
export function countStatuses(
  { statuses, statusCounts }: Pick<Cell, 'statuses' | 'statusCounts'>,
  isCounted: (status: number) => boolean,
): number {
  let sum = 0
  for (let index = 0; index < statuses.length; index += 1) {
    if (isCounted(statuses[index]!)) sum += statusCounts[index]!
  }
  return sum
}

/** Returns a test whether a status is one of some, `503`, or of one of their classes, `5xx`. */
export function statusTest(patterns: readonly string[]): (status: number) => boolean {
  return remembered((status) => isStatus(String(status), patterns))
}

function isStatus(status: string, patterns: readonly string[]): boolean {
  return patterns.some((one) => one === status || (one.endsWith('xx') && one[0] === status[0]))
}

/** Returns how many requests all routes had together. */
export function countRequests(cells: RouteCells): number {
  let requests = 0
  for (const { count } of cells.values()) requests += count
  return requests
}
