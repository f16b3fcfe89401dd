import { type Rule, SECOND_MS } from '@portcullis/contracts'

import type { RuleFacts } from '../facts.ts'
import type { RuleFinding } from '../rule-result.ts'
import { judgeShares } from './judge-shares.ts'
import { countStatuses, routeCells, statusTest } from './route-cells.ts'

type ErrorRateRule = Extract<Rule, { type: 'error_rate' }>

/** Judges the share of requests that ended with one of the rule's statuses. */
export function judgeErrorRate(
  { window: windowMs, max, statuses, minRequests, routes }: ErrorRateRule,
  facts: Pick<RuleFacts, 'cellsOver'>,
): RuleFinding[] {
  const isBad = statusTest(statuses)
  const shares = [...routeCells(facts, { windowMs, routes })].map(([route, cell]) => ({
    route,
    bad: countStatuses(cell, isBad),
    total: cell.count,
    max,
  }))
  return judgeShares(shares, {
    minRequests,
    badText: 'errors',
    evidence: { statuses: [...statuses], window_s: windowMs / SECOND_MS },
  })
}
