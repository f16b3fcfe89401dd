import { DAY_MS, HOUR_MS, MINUTE_MS, type Rule } from '@portcullis/contracts'

import {
  type BudgetCounts,
  type BurnWindows,
  burnRateOf,
  burns,
  standardBurnWindows,
} from '../../budget/burn-rate.ts'
import { errorBudgetOf } from '../../budget/error-budget.ts'
import { twoDecimals } from '../../window/figures.ts'
import type { RuleFacts } from '../facts.ts'
import { percentOf, type RuleFinding } from '../rule-result.ts'

type BurnRateRule = Extract<Rule, { type: 'burn_rate' }>
type ErrorBudgetRule = Extract<Rule, { type: 'error_budget' }>

/** Judges whether the budget of an objective burns too fast: in both windows of one of the pairs. */
export function judgeBurnRate({ slo, windows }: BurnRateRule, facts: RuleFacts): RuleFinding[] {
  const budget = facts.budgetOf(slo)
  if (budget === null) return [nothingCounted(slo)]
  const { objective, periodMs, countsOver } = budget
  const shownRate = (counts: BudgetCounts): number | null => {
    const rate = burnRateOf(counts, objective)
    return rate === null ? null : twoDecimals(rate)
  }
  return windows.map((given): RuleFinding => {
    const pair = burnWindowsOf(given, periodMs)
    const counts = { long: countsOver(pair.longMs), short: countsOver(pair.shortMs) }
    const evidence = {
      slo,
      objective_pct: percentOf(objective),
      long: lengthText(pair.longMs),
      short: lengthText(pair.shortMs),
      long_burn_rate: shownRate(counts.long),
      short_burn_rate: shownRate(counts.short),
      max_burn_rate: twoDecimals(pair.factor),
    }
    if (!burns(counts, pair, objective)) return { route: null, status: 'pass', evidence }
    const need = `a burn rate of at most ${evidence.max_burn_rate} over ${evidence.long} or ${evidence.short}`
    return { route: null, status: 'fail', need, evidence }
  })
}

/** Judges whether enough of the budget of an objective is left. */
export function judgeErrorBudget(
  { slo, atLeast }: ErrorBudgetRule,
  facts: RuleFacts,
): RuleFinding[] {
  const budget = facts.budgetOf(slo)
  const remaining =
    budget === null ? null : errorBudgetOf(budget.period, budget.objective).remaining
  if (budget === null || remaining === null) return [nothingCounted(slo)]
  const evidence = {
    slo,
    objective_pct: percentOf(budget.objective),
    remaining_pct: percentOf(remaining),
    at_least_pct: percentOf(atLeast),
    ...budget.period,
  }
  if (remaining >= atLeast) return [{ route: null, status: 'pass', evidence }]
  const need = `${percentOf(atLeast)} % of the budget left: it is ${percentOf(remaining)} %`
  return [{ route: null, status: 'fail', need, evidence }]
}

function nothingCounted(slo: string): RuleFinding {
  const need = 'requests that count for the objective'
  return { route: null, status: 'undecided', reason: 'no_data', need, evidence: { slo } }
}

/** Returns a pair of windows as a rule writes it. */
export function burnWindowsOf(
  given: BurnRateRule['windows'][number],
  periodMs: number,
): BurnWindows {
  if (typeof given === 'string') return standardBurnWindows(given, periodMs)
  return { longMs: given.long, shortMs: given.short, factor: given.factor }
}

/** Returns a length in the largest unit of which it is a whole number. */
function lengthText(ms: number): string {
  if (ms % DAY_MS === 0) return `${ms / DAY_MS}d`
  return ms % HOUR_MS === 0 ? `${ms / HOUR_MS}h` : `${ms / MINUTE_MS}m`
}
