import { DAY_MS, HOUR_MS, MINUTE_MS } from '@portcullis/contracts'

/**
 * Two windows that are looked at together: the long one says that it matters, the short one that it still goes
 * on. Both must burn faster than the factor.
 */
export interface BurnWindows {
  readonly longMs: number
  readonly shortMs: number
  /** Times as fast as would use up the budget exactly at the period's end. */
  readonly factor: number
}

/** A pair of windows, and the share of the budget whose loss within the long one is too much. */
interface StandardPair {
  readonly longMs: number
  readonly shortMs: number
  readonly budgetShare: number
}

/** The four pairs of the SRE Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts". */
const STANDARD_PAIRS = {
  page_quick: { longMs: HOUR_MS, shortMs: 5 * MINUTE_MS, budgetShare: 0.02 },
  page_slow: { longMs: 6 * HOUR_MS, shortMs: 30 * MINUTE_MS, budgetShare: 0.05 },
  ticket_quick: { longMs: DAY_MS, shortMs: 2 * HOUR_MS, budgetShare: 0.1 },
  ticket_slow: { longMs: 3 * DAY_MS, shortMs: 6 * HOUR_MS, budgetShare: 0.1 },
} as const satisfies Readonly<Record<string, StandardPair>>

export type BurnPairName = keyof typeof STANDARD_PAIRS

/** The windows of all of them, the shortest first. */
export const STANDARD_WINDOWS_MS: readonly number[] = [
  ...new Set(Object.values(STANDARD_PAIRS).flatMap(({ longMs, shortMs }) => [longMs, shortMs])),
].toSorted((a, b) => a - b)

/**
 * Returns a standard pair for a period of the budget: the windows stay, and the factor is what loses the same share of the
 * budget (14.4 for 30 days and 13.44 for 28 are the same 2 % in an hour).
 */
export function standardBurnWindows(name: BurnPairName, periodMs: number): BurnWindows {
  const { longMs, shortMs, budgetShare } = STANDARD_PAIRS[name]
  return { longMs, shortMs, factor: (budgetShare * periodMs) / longMs }
}

/** What happened in a window. Counts, never ratios: averages of ratios weigh a quiet minute like a busy one. */
export interface BudgetCounts {
  readonly bad: number
  readonly total: number
}

/** Returns how many times as fast as allowed a budget burns; null where nothing happened. `objective` is a share, below 1. */
export function burnRateOf({ bad, total }: BudgetCounts, objective: number): number | null {
  return total === 0 ? null : bad / total / (1 - objective)
}

/** Whether both windows burn faster than the factor; strictly, as Prometheus rules compare. */
export function burns(
  { long, short }: { readonly long: BudgetCounts; readonly short: BudgetCounts },
  { factor }: Pick<BurnWindows, 'factor'>,
  objective: number,
): boolean {
  return [long, short].every((counts) => (burnRateOf(counts, objective) ?? 0) > factor)
}

/**
 * Returns the greatest burn rate there is: every request is bad. A factor that is not below it never fires (14.4 for
 * objectives below 93.06 %).
 */
export function burnRateMax(objective: number): number {
  return 1 / (1 - objective)
}

/**
 * Returns after how long a pair of windows fires, in milliseconds, when from now on a share of the requests is bad and
 * their number stays the same; Infinity where it never does.
 */
export function firesAfterMs(
  { longMs, factor }: Pick<BurnWindows, 'longMs' | 'factor'>,
  objective: number,
  badShare: number,
): number {
  const limit = factor * (1 - objective)
  return badShare > limit ? (limit * longMs) / badShare : Infinity
}
