import { type Rule, SECOND_MS } from '@portcullis/contracts'

import type { Cell } from '../../window/cell.ts'
import { binOf, latencyUsOf } from '../../window/latency.ts'
import type { RuleFacts } from '../facts.ts'
import type { RuleFinding } from '../rule-result.ts'
import { judgeShares } from './judge-shares.ts'
import { routeCells } from './route-cells.ts'

type LatencyRule = Extract<Rule, { type: 'latency' }>

/**
 * Judges how many requests are slower than a limit. A percentile is the same question: the p-th is at most T where at
 * most 100 - p of a hundred requests take longer. So a percentile needs as many requests as its tail does,
 * and a few slow ones among few are not taken for one.
 */
export function judgeLatency(
  rule: LatencyRule,
  facts: Pick<RuleFacts, 'cellsOver'>,
): RuleFinding[] {
  const { window: windowMs, minRequests, routes } = rule
  const { limitMs, maxShare } = limitOf(rule)
  const shares = [...routeCells(facts, { windowMs, routes })].map(([route, cell]) => ({
    route,
    bad: countSlower(cell, limitMs),
    total: cell.count,
    max: maxShare,
  }))
  const { percentile } = rule
  return judgeShares(shares, {
    minRequests,
    badText: `slower than ${limitMs} ms`,
    evidence: {
      slower_than_ms: limitMs,
      window_s: windowMs / SECOND_MS,
      ...(percentile === undefined ? {} : { percentile }),
    },
  })
}

function limitOf({ percentile, max, slowerThan, maxShare }: LatencyRule): {
  limitMs: number
  maxShare: number
} {
  // The schema has one of the two forms.
  return percentile === undefined
    ? { limitMs: slowerThan!, maxShare: maxShare! }
    : { limitMs: max!, maxShare: (100 - percentile) / 100 }
}

/** Returns the bin above which a rule counts requests as slow. */
export function limitBinOf(rule: LatencyRule): number {
  return binOf(latencyUsOf(limitOf(rule).limitMs))
}

/**
 * Returns how many requests took longer than a limit. Those of its own bin, which is 2 % wide, count as fast: nobody
 * is blocked by what was not seen to be slower. `sparedBins` more do where the limit was itself read from bins.
 */
export function countSlower({ bins, binCounts }: Cell, limitMs: number, sparedBins = 0): number {
  const limitBin = binOf(latencyUsOf(limitMs)) + sparedBins
  let slower = 0
  for (let index = bins.length - 1; index >= 0 && bins[index]! > limitBin; index -= 1) {
    slower += binCounts[index]!
  }
  return slower
}
