import type { Slo } from '@portcullis/contracts'

import { countSlower } from '../policy/rules/latency.ts'
import { countStatuses, statusTest } from '../policy/rules/route-cells.ts'
import type { BadTest } from '../window/cell-codec.ts'
import type { Cell } from '../window/cell.ts'
import { binOf, latencyUsOf } from '../window/latency.ts'

export type Indicator = Slo['spec']['indicator']

/** Returns a counter of the requests that an objective counts as bad. */
export function badCounterOf(indicator: Indicator): (cell: Cell) => number {
  if (!('errors' in indicator)) return (cell) => countSlower(cell, indicator.fasterThan)
  const isBad = statusTest(indicator.errors)
  return (cell) => countStatuses(cell, isBad)
}

/** Returns the same question for packed cells. */
export function badTestOf(indicator: Indicator): BadTest {
  return 'errors' in indicator
    ? { isBad: statusTest(indicator.errors) }
    : { slowerThanBin: binOf(latencyUsOf(indicator.fasterThan)) }
}
