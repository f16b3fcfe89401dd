import { type Outcome, Rule } from '@portcullis/contracts'

import type { RuleFacts } from '../policy/facts.ts'
import { type RuleFinding, statusOf } from '../policy/rule-result.ts'
import { judgeErrorRate } from '../policy/rules/error-rate.ts'
import { judgeLatency } from '../policy/rules/latency.ts'
import type { Steps } from '../steps.ts'
import { ERROR_RATE_LIMITS, LATENCY_LIMITS } from './limit-grid.ts'

/** A rule without its limit, as a policy file writes it. */
export type OpenRule =
  | { readonly type: 'error_rate'; readonly window: string }
  | { readonly type: 'latency'; readonly window: string; readonly percentile: number }

/** What these rules look at. */
export type LimitFacts = Pick<RuleFacts, 'cellsOver'>

/** The limits that are tried for a rule, and what it says with each of them. */
export interface TriedLimits {
  /** The smallest first. */
  readonly limits: readonly string[]
  /** Of all limits in their order; null where there was no request at all. */
  readonly outcomes: (facts: LimitFacts) => Steps<readonly Outcome[] | null>
}

/** Returns the limits for a rule, with the rule as it would be with each: it judges for itself. */
export function triedLimitsOf(open: OpenRule): TriedLimits {
  return open.type === 'latency' ? triedLatencies(open) : triedErrorRates(open)
}

/**
 * A looser limit of a latency never has a rule say worse: how many requests the rule wants to see is the same for all of
 * them. So what it says twice, it says in between.
 */
function triedLatencies(open: OpenRule): TriedLimits {
  const rules = rulesOf(open, LATENCY_LIMITS, 'latency')
  return {
    limits: LATENCY_LIMITS,
    outcomes: (facts) => {
      const judge: Judge = (nth) => judgeLatency(rules[nth]!, facts)
      return outcomesOf(judge, { count: rules.length, isOrdered: () => true })
    },
  }
}

/**
 * A limit of errors also says how many requests are enough, and with that which routes are judged together: with a looser one
 * a rule may say worse. Each limit is tried, but where there was no error: then they are in order.
 */
function triedErrorRates(open: OpenRule): TriedLimits {
  const rules = rulesOf(open, ERROR_RATE_LIMITS, 'error_rate')
  return {
    limits: ERROR_RATE_LIMITS,
    outcomes: (facts) => {
      const judge: Judge = (nth) => judgeErrorRate(rules[nth]!, facts)
      const isOrdered = (): boolean => {
        return statusOf(judgeErrorRate({ ...rules[0]!, max: 0 }, facts)) !== 'fail'
      }
      return outcomesOf(judge, { count: rules.length, isOrdered })
    },
  }
}

function rulesOf<Type extends OpenRule['type']>(
  open: OpenRule,
  limits: readonly string[],
  type: Type,
): Extract<Rule, { type: Type }>[] {
  return limits.map((max) => {
    const rule = Rule.parse({ ...open, max })
    if (rule.type !== type) throw new Error(`a rule ${rule.type} in place of ${type}`)
    return rule as Extract<Rule, { type: Type }>
  })
}

/** What the rule finds with the nth limit. */
type Judge = (nth: number) => RuleFinding[]

function* outcomesOf(
  judge: Judge,
  { count, isOrdered }: { readonly count: number; readonly isOrdered: () => boolean },
): Steps<Outcome[] | null> {
  const loosest = judge(count - 1)
  if (loosest.some((one) => one.status === 'undecided' && one.reason === 'no_data')) return null
  const outcomes: Outcome[] = Array.from({ length: count })
  outcomes[count - 1] = statusOf(loosest)
  outcomes[0] = statusOf(judge(0))
  const mayJump = isOrdered()
  const spans = [{ low: 0, high: count - 1 }]
  for (let span = spans.pop(); span !== undefined; span = spans.pop()) {
    const { low, high } = span
    if (high - low < 2) continue
    if (mayJump && outcomes[low] === outcomes[high]) {
      outcomes.fill(outcomes[low]!, low, high)
      continue
    }
    const middle = Math.floor((low + high) / 2)
    outcomes[middle] = statusOf(judge(middle))
    spans.push({ low, high: middle }, { low: middle, high })
    yield
  }
  return outcomes
}
