import {
  DAY_MS,
  type EnvironmentName,
  type EpochMs,
  HOUR_MS,
  plusMs,
  type ServiceName,
  type Slo,
} from '@portcullis/contracts'
import {
  type BudgetFacts,
  burnRateOf,
  errorBudgetOf,
  exhaustedAfterMs,
  percentOf,
  twoDecimals,
} from '@portcullis/domain'
import type { LiveView } from '@portcullis/projections'
import { z } from 'zod'

const Rate = z
  .number()
  .nullable()
  .describe('1 would use up the budget exactly; null without requests')
const Count = z.int().nonnegative()

/** Windows whose burn rates are shown: the long ones of the SRE Workbook's pairs. */
const WINDOWS = { '1h': HOUR_MS, '6h': 6 * HOUR_MS, '1d': DAY_MS, '3d': 3 * DAY_MS } as const

/** What the present rate is taken from where it is said when the budget runs out. */
const RATE_WINDOW_MS = DAY_MS

export const Objective = z.object({
  name: z.string(),
  version: z.string(),
  service: z.string(),
  environment: z.string(),
  objective_pct: z.number(),
  period: z.json().describe('As in the document, in milliseconds where it is rolling'),
  counted: z
    .enum(['occurrences', 'timeslices'])
    .describe('Requests, or minutes: what `bad`, `total` and `allowed` count'),
  bad: Count,
  total: Count,
  allowed: z.number().describe('Bad ones that the objective allows of all that were counted'),
  remaining_pct: z.number().nullable().describe('Of the budget; below 0 it is overspent'),
  burn_rates: z.object({ '1h': Rate, '6h': Rate, '1d': Rate, '3d': Rate }),
  exhausted_at: z.iso
    .datetime()
    .nullable()
    .describe('At the rate of the last day; null where it never is'),
})
export type Objective = z.infer<typeof Objective>

/** Returns the objectives that are in force for services of an environment, by name. */
export function objectivesOf(
  view: LiveView,
  { environment, service }: { environment: EnvironmentName; service?: ServiceName | undefined },
  asOf: EpochMs,
): Objective[] {
  return [...view.policies.values()]
    .flatMap(({ name, version, document }) =>
      document.kind === 'Slo' ? [{ name, version, spec: document.spec }] : [],
    )
    .filter(({ spec }) => {
      return (
        (service === undefined || spec.service === service) &&
        (spec.environment === undefined || spec.environment === environment)
      )
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, version, spec }) => {
      const facts = view.counts.budgets.of(view.policies, { name, environment }, asOf)
      const { service: of, objective, budgeting: counted, period } = spec
      return {
        ...{ name, version, service: of, environment, counted, period },
        objective_pct: percentOf(objective),
        ...budgetOf(facts, spec, asOf),
      }
    })
}

type Budget = Pick<
  Objective,
  'bad' | 'total' | 'allowed' | 'remaining_pct' | 'burn_rates' | 'exhausted_at'
>

function budgetOf(facts: BudgetFacts | null, { objective }: Slo['spec'], asOf: EpochMs): Budget {
  const period = facts?.period ?? { bad: 0, total: 0 }
  const budget = errorBudgetOf(period, objective)
  const rateOver = (windowMs: number): number | null => {
    return facts === null ? null : burnRateOf(facts.countsOver(windowMs), objective)
  }
  const shown = (windowMs: number): number | null => {
    const rate = rateOver(windowMs)
    return rate === null ? null : twoDecimals(rate)
  }
  const leftMs =
    facts === null ? null : exhaustedAfterMs(budget, rateOver(RATE_WINDOW_MS) ?? 0, facts.periodMs)
  return {
    ...period,
    allowed: twoDecimals(budget.allowed),
    remaining_pct: budget.remaining === null ? null : percentOf(budget.remaining),
    burn_rates: {
      '1h': shown(WINDOWS['1h']),
      '6h': shown(WINDOWS['6h']),
      '1d': shown(WINDOWS['1d']),
      '3d': shown(WINDOWS['3d']),
    },
    exhausted_at: leftMs === null ? null : new Date(plusMs(asOf, Math.round(leftMs))).toISOString(),
  }
}
