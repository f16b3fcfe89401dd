import { DAY_MS, type Rule, SECOND_MS } from '@portcullis/contracts'

import type { RuleFacts } from '../facts.ts'
import { percentOf, type RuleFinding } from '../rule-result.ts'
import { countRequests } from './route-cells.ts'

type TrafficRule = Extract<Rule, { type: 'traffic' }>

/** What is usual is what there was a week ago: days of the week differ more than weeks do. */
export const USUAL_AGO_MS = 7 * DAY_MS

/** Judges whether there is traffic to judge by. Where it is missing nothing is wrong, and nothing is known. */
export function judgeTraffic(rule: TrafficRule, facts: RuleFacts): RuleFinding[] {
  const { window: windowMs, minRequests, minShareOfUsual } = rule
  const requests = countRequests(facts.cellsOver(windowMs))
  const findings: RuleFinding[] = []
  const base = { requests, window_s: windowMs / SECOND_MS }
  if (minRequests !== undefined) {
    findings.push(
      atLeast(minRequests, { requests, evidence: { ...base, min_requests: minRequests } }),
    )
  }
  if (minShareOfUsual !== undefined) {
    const before = facts.before(USUAL_AGO_MS, windowMs)
    const usual = before === null ? 0 : countRequests(before)
    const evidence = { ...base, usual_requests: usual, min_share_pct: percentOf(minShareOfUsual) }
    findings.push(
      usual === 0
        ? undecided('no_data', { need: 'a week of history', evidence })
        : atLeast(Math.ceil(usual * minShareOfUsual), { requests, evidence }),
    )
  }
  return findings
}

interface Seen {
  readonly requests: number
  readonly evidence: RuleFinding['evidence']
}

function atLeast(least: number, { requests, evidence }: Seen): RuleFinding {
  if (requests >= least) return { route: null, status: 'pass', evidence }
  const reason = requests === 0 ? 'no_data' : 'too_few_samples'
  return undecided(reason, { need: `${least - requests} more requests`, evidence })
}

function undecided(
  reason: 'no_data' | 'too_few_samples',
  { need, evidence }: { need: string; evidence: RuleFinding['evidence'] },
): RuleFinding {
  return { route: null, status: 'undecided', reason, need, evidence }
}
