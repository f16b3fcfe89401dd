import type { Slo } from '@portcullis/contracts'

import { countSlower } from '../policy/rules/latency.ts'
import { countStatuses, isStatus } from '../policy/rules/route-cells.ts'
import type { BadTest } from '../window/cell-codec.ts'
import type { Cell } from '../window/cell.ts'
import { binOf, latencyUsOf } from '../window/latency.ts'

export type Indicator = Slo['spec']['indicator']

/** Returns how many requests an objective counts as bad. */
export function countBad(cell: Cell, indicator: Indicator): number {
  return 'errors' in indicator
    ? countStatuses(cell, indicator.errors)
    : countSlower(cell, indicator.fasterThan)
}

/** Returns the same question for packed cells. */
export function badTestOf(indicator: Indicator): BadTest {
  if (!('errors' in indicator)) return { slowerThanBin: binOf(latencyUsOf(indicator.fasterThan)) }
  const known = new Map<number, boolean>()
  return {
    isBad: (status) => {
      let found = known.get(status)
      if (found === undefined) known.set(status, (found = isStatus(status, indicator.errors)))
      return found
    },
  }
}
