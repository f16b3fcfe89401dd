import type { BudgetCounts } from './burn-rate.ts'

/** What an objective allows and what was used of it, in requests or in slices. */
export interface ErrorBudget {
  /** How many bad ones the objective allows of all that were seen. */
  readonly allowed: number
  readonly used: number
  /** Share that is left: 1 untouched, 0 used up, below 0 overspent; null where nothing happened. */
  readonly remaining: number | null
}

/** Returns the budget of counted requests, or of counted slices. `objective` is a share, below 1. */
export function errorBudgetOf({ bad, total }: BudgetCounts, objective: number): ErrorBudget {
  const allowed = (1 - objective) * total
  return { allowed, used: bad, remaining: total === 0 ? null : 1 - bad / allowed }
}

/**
 * Returns how many slices of time were bad, of those in which something happened: a slice is bad when its share of good
 * requests is below `sliceTarget` (OpenSLO v1, `timeSliceTarget`).
 */
export function countSlices(slices: Iterable<BudgetCounts>, sliceTarget: number): BudgetCounts {
  let bad = 0
  let total = 0
  for (const slice of slices) {
    if (slice.total === 0) continue
    total += 1
    if ((slice.total - slice.bad) / slice.total < sliceTarget) bad += 1
  }
  return { bad, total }
}

/**
 * Returns in how many milliseconds a budget is used up at the present rate, 0 where it is; null where it never is, because
 * it burns no faster than it comes back. `periodMs` is the whole period of the objective.
 */
export function exhaustedAfterMs(
  { remaining }: Pick<ErrorBudget, 'remaining'>,
  burnRate: number,
  periodMs: number,
): number | null {
  if (remaining === null) return null
  if (remaining <= 0) return 0
  return burnRate > 1 ? (remaining * periodMs) / burnRate : null
}
