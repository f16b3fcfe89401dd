import { type EpochMs, MINUTE_MS, plusMs, type Slo } from '@portcullis/contracts'

import type { BudgetFacts } from '../policy/facts.ts'
import { periodMsOf } from '../policy/slo-period.ts'
import type { BudgetCounts } from './burn-rate.ts'
import { calendarStart } from './calendar-start.ts'
import type { MinuteCounts } from './minute-counts.ts'

/** Longest windows that rules look at beside a period (`burn_rate`). */
const WINDOW_MS_MAX = 30 * 24 * 60 * MINUTE_MS

/** What the rate of requests is taken from, to look ahead. */
const RATE_MS = 5 * MINUTE_MS

const CALENDAR_DAYS_MAX = { week: 8, month: 32, quarter: 93, year: 367 } as const

/** Returns how many minutes of an objective are looked at, at most. */
export function minutesLookedAt({ period }: Slo['spec']): number {
  const periodMs =
    'rolling' in period ? period.rolling : CALENDAR_DAYS_MAX[period.calendar] * 24 * 60 * MINUTE_MS
  return Math.max(periodMs, WINDOW_MS_MAX) / MINUTE_MS
}

/**
 * Returns what rules look at of an objective's budget; null where nothing was counted in its period. A window is its newest
 * minutes, the running one included. The counts must not change while it is asked.
 */
export function budgetFactsOf(
  spec: Slo['spec'],
  counts: MinuteCounts,
  asOf: EpochMs,
): BudgetFacts | null {
  const rate = counts.sum(plusMs(asOf, MINUTE_MS - RATE_MS), asOf).total / RATE_MS
  const facts = (later: EpochMs): BudgetFacts => {
    const countedOver = (windowMs: number): BudgetCounts =>
      withHealthy(counted(spec, counts, { from: plusMs(later, MINUTE_MS - windowMs), to: asOf }), {
        spec,
        rate,
        aheadMs: Math.min(later - asOf, windowMs),
      })
    return {
      objective: spec.objective,
      periodMs: periodMsOf(spec.period),
      period: countedOver(periodSoFarMs(spec.period, later)),
      countsOver: countedOver,
      at: facts,
    }
  }
  const now = facts(asOf)
  return now.period.total === 0 ? null : now
}

/** Returns how long the period of an objective has lasted at an instant. */
function periodSoFarMs(period: Slo['spec']['period'], at: EpochMs): number {
  if ('rolling' in period) return period.rolling
  const start = calendarStart(period.calendar, period.timeZone, at)
  return Math.floor(at / MINUTE_MS) * MINUTE_MS + MINUTE_MS - start
}

function counted(
  { budgeting, sliceTarget }: Slo['spec'],
  counts: MinuteCounts,
  { from, to }: { readonly from: EpochMs; readonly to: EpochMs },
): BudgetCounts {
  if (to < from) return { bad: 0, total: 0 }
  // The schema has a target for time slices.
  return budgeting === 'timeslices' ? counts.slices(from, to, sliceTarget!) : counts.sum(from, to)
}

/** Adds what would come if all were well: good requests at the present rate, or good slices. */
function withHealthy(
  { bad, total }: BudgetCounts,
  {
    spec,
    rate,
    aheadMs,
  }: { readonly spec: Slo['spec']; readonly rate: number; readonly aheadMs: number },
): BudgetCounts {
  const slices = rate === 0 ? 0 : Math.floor(aheadMs / MINUTE_MS)
  const more = spec.budgeting === 'timeslices' ? slices : Math.floor(rate * aheadMs)
  return { bad, total: total + more }
}
