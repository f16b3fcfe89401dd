import { DAY_MS, HOUR_MS, type Rule, SECOND_MS } from '@portcullis/contracts'

import { wilsonInterval } from '../../statistics/wilson.ts'
import { type Cell, errorsOf } from '../../window/cell.ts'
import { msOf } from '../../window/figures.ts'
import { quantileUs } from '../../window/quantile.ts'
import type { RuleFacts } from '../facts.ts'
import type { RuleFinding } from '../rule-result.ts'
import { type BadShare, judgeShares } from './judge-shares.ts'
import { countSlower } from './latency.ts'
import { routeCells } from './route-cells.ts'

type RegressionRule = Extract<Rule, { type: 'regression' }>

/** Milliseconds by the names of what routes are compared `against`. */
export const AGO_MS = { '1h': HOUR_MS, '1d': DAY_MS, '1w': 7 * DAY_MS } as const

/** A share that is just below all: whoever had nothing but errors before cannot become worse. */
const SHARE_MAX = 0.999_999

/**
 * Judges each route against what it did so long ago. Of errors it may have so much more than the share that the past leaves
 * possible; of slow requests, which are those beyond the past's own percentile, so much more than
 * the past had beyond it. Routes that are new since then are not looked at.
 */
export function judgeRegression(rule: RegressionRule, facts: RuleFacts): RuleFinding[] {
  const { window: windowMs, against, routes, minRequests } = rule
  const before = facts.before(AGO_MS[against], windowMs)
  const evidence = { against, of: rule.of, window_s: windowMs / SECOND_MS }
  if (before === null) {
    const need = `${against} of history`
    return [{ route: null, status: 'undecided', reason: 'no_data', need, evidence }]
  }
  const shares = [...routeCells(facts, { windowMs, routes })].flatMap(
    ([route, now]): BadShare[] => {
      const then = before.get(route)
      if (then === undefined || then.count === 0) return []
      const share = rule.of === 'error_rate' ? errorShare(now, then) : slowShare(now, then, rule)
      return [{ route, total: now.count, ...share, max: allowed(share.max, rule) }]
    },
  )
  return judgeShares(shares, { minRequests, badText: badTextOf(rule), evidence })
}

type Share = Pick<BadShare, 'bad' | 'max'>

function errorShare(now: Cell, then: Cell): Share {
  return { bad: errorsOf(now), max: wilsonInterval(errorsOf(then), then.count).high }
}

function slowShare(now: Cell, then: Cell, { percentile }: RegressionRule): Share {
  const limitMs = msOf(quantileUs(then, percentile / 100))!
  return { bad: countSlower(now, limitMs, 1), max: (100 - percentile) / 100 }
}

function allowed(share: number, { maxIncrease }: RegressionRule): number {
  return Math.min(SHARE_MAX, share * (1 + maxIncrease))
}

function badTextOf({ of, percentile, against }: RegressionRule): string {
  return of === 'error_rate' ? 'errors' : `slower than the p${percentile} of ${against} ago`
}
