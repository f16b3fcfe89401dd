import { z } from 'zod'

import { Role } from '../principal.ts'
import { ROUTE_ALARM_KINDS, Severity } from '../scope.ts'
import { BUCKET_MS, DAY_MS, MINUTE_MS, SECOND_MS } from '../time.ts'
import { PolicyName, patternOf } from './names.ts'
import { Duration, durationFrom, Increase, Percent, ProperShare } from './quantities.ts'
import { RouteSelector } from './selector.ts'
import { Statuses } from './statuses.ts'

/** What comes of a rule that fails: it blocks, it is told, or it is only recorded. */
export const RuleMode = z.enum(['enforce', 'warn', 'shadow'])
export type RuleMode = z.infer<typeof RuleMode>

/** What comes of a rule that cannot tell yet. */
export const OnUndecided = z.enum(['block', 'pass'])
export type OnUndecided = z.infer<typeof OnUndecided>

/** How many requests a rule wants to see; `auto` is as many as its limit needs (docs/policies.md). */
const MinRequests = z.union([z.int().min(1).max(1_000_000_000), z.literal('auto')]).default('auto')

/** Windows end with the running bucket; longer ones are what budgets are for. */
export const RuleWindow = durationFrom(MINUTE_MS, 15 * MINUTE_MS, '1m to 15m').refine(
  (ms) => ms % BUCKET_MS === 0,
  'must be a whole number of 10 seconds',
)
const windowOf = (byDefault: string) => RuleWindow.prefault(byDefault)

const common = {
  /** By default the rule's type. */
  name: PolicyName.optional(),
  mode: RuleMode.optional(),
  onUndecided: OnUndecided.optional(),
}
const ofRoutes = { ...common, routes: RouteSelector.optional() }

/** No route has more errors than it may. */
const ErrorRateRule = z.strictObject({
  type: z.literal('error_rate'),
  ...ofRoutes,
  window: windowOf('5m'),
  max: Percent,
  statuses: Statuses.default(['5xx']),
  minRequests: MinRequests,
})

/** No route is slower than it may be, by a percentile or by the share of requests that take longer. */
const LatencyRule = z
  .strictObject({
    type: z.literal('latency'),
    ...ofRoutes,
    window: windowOf('5m'),
    percentile: z.number().gt(0).lt(100).optional(),
    max: Duration.optional(),
    slowerThan: Duration.optional(),
    maxShare: ProperShare.optional(),
    minRequests: MinRequests,
  })
  .refine(({ percentile, max, slowerThan, maxShare }) => {
    const byPercentile = [percentile, max].filter((value) => value !== undefined).length
    const byShare = [slowerThan, maxShare].filter((value) => value !== undefined).length
    return (byPercentile === 2 && byShare === 0) || (byPercentile === 0 && byShare === 2)
  }, 'must have percentile and max, or slowerThan and maxShare')

/** Pairs of windows by name: the four of the SRE Workbook. */
const BURN_PAIRS = ['page_quick', 'page_slow', 'ticket_quick', 'ticket_slow'] as const

const BurnPair = z.union([
  z.enum(BURN_PAIRS),
  z.strictObject({
    long: durationFrom(5 * MINUTE_MS, 30 * DAY_MS, '5m to 30d'),
    short: durationFrom(MINUTE_MS, 10 * DAY_MS, '1m to 10d'),
    factor: z.number().gt(0).max(1_000_000),
  }),
])

/** The budget of an objective does not burn too fast. */
const BurnRateRule = z.strictObject({
  type: z.literal('burn_rate'),
  ...common,
  slo: PolicyName,
  windows: z.array(BurnPair).min(1).max(10).default(['page_quick', 'page_slow']),
})

/** So much of the budget of an objective is left. */
const ErrorBudgetRule = z.strictObject({
  type: z.literal('error_budget'),
  ...common,
  slo: PolicyName,
  atLeast: Percent,
})

/** No route has an alarm. */
const AlarmRule = z.strictObject({
  type: z.literal('alarm'),
  ...ofRoutes,
  severity: Severity.default('critical'),
  kinds: z
    .array(z.enum(ROUTE_ALARM_KINDS))
    .min(1)
    .default([...ROUTE_ALARM_KINDS]),
})

/** Nobody is waited for: no incident of such a severity and level is open. */
const IncidentRule = z.strictObject({
  type: z.literal('incident'),
  ...ofRoutes,
  severity: Severity.default('critical'),
  minLevel: z.int().min(0).max(1_000).default(0),
  /** Older ones are not looked at. */
  firstSeenWithin: Duration.optional(),
  acknowledged: z.enum(['ignore', 'block']).default('ignore'),
})

/** No route is worse than the same service was at the same time before. */
const RegressionRule = z.strictObject({
  type: z.literal('regression'),
  ...ofRoutes,
  of: z.enum(['error_rate', 'latency']),
  percentile: z.number().gt(0).lt(100).default(95),
  window: windowOf('15m'),
  against: z.enum(['1h', '1d', '1w']).default('1d'),
  maxIncrease: Increase,
  minRequests: MinRequests,
})

/** Of which what is slow is counted while two versions run: so a rule may ask for any of them at any time. */
export const CANARY_PERCENTILES = [50, 90, 95, 99] as const
export type CanaryPercentile = (typeof CANARY_PERCENTILES)[number]

/** While two versions run, the new one is not worse; asked as often as one likes (docs/policies.md). */
const CanaryRule = z.strictObject({
  type: z.literal('canary'),
  ...ofRoutes,
  of: z
    .array(z.enum(['errors', 'latency']))
    .min(1)
    .max(2)
    .default(['errors', 'latency']),
  /** How many times as many errors, or slow requests, are harmful. */
  harmfulRatio: z.number().gt(1).max(100).default(2),
  /** A share of errors, or of slow requests, below which no ratio matters. */
  negligible: ProperShare.prefault('0.1%'),
  confidence: ProperShare.prefault('95%'),
  /** Requests are slow that take longer than this percentile of the baseline. */
  percentile: z.literal(CANARY_PERCENTILES).default(95),
})

/** There is traffic to judge by. */
const TrafficRule = z
  .strictObject({
    type: z.literal('traffic'),
    ...common,
    window: windowOf('5m'),
    minRequests: z.int().min(1).max(1_000_000_000).optional(),
    /** Of what the service had a week ago at this time. */
    minShareOfUsual: ProperShare.optional(),
  })
  .refine(
    (rule) => rule.minRequests !== undefined || rule.minShareOfUsual !== undefined,
    'must have minRequests or minShareOfUsual',
  )

/** All other rules of the policy have passed for so long. */
const HealthyForRule = z.strictObject({
  type: z.literal('healthy_for'),
  ...common,
  duration: durationFrom(10 * SECOND_MS, 7 * DAY_MS, '10s to 7d'),
})

/** No freeze covers it. */
const FreezeRule = z.strictObject({ type: z.literal('freeze'), ...common })

/** The services that this one calls are healthy. */
const DependencyRule = z.strictObject({
  type: z.literal('dependency'),
  ...common,
  services: z.array(patternOf(128)).min(1).max(100),
  severity: Severity.default('critical'),
})

/** So many people of a role have said yes to this release. */
const ApprovalRule = z.strictObject({
  type: z.literal('approval'),
  ...common,
  count: z.int().min(1).max(20).default(1),
  role: Role,
  validFor: durationFrom(MINUTE_MS, 30 * DAY_MS, '1m to 30d').prefault('1d'),
})

/** A rule of a release policy. */
export const Rule = z.discriminatedUnion('type', [
  ErrorRateRule,
  LatencyRule,
  BurnRateRule,
  ErrorBudgetRule,
  AlarmRule,
  IncidentRule,
  RegressionRule,
  CanaryRule,
  TrafficRule,
  HealthyForRule,
  FreezeRule,
  DependencyRule,
  ApprovalRule,
])
export type Rule = z.infer<typeof Rule>
export type RuleType = Rule['type']
