import { z } from 'zod'

import { Outcome } from '../events/operations.ts'
import { DEFAULT_ENVIRONMENT, EnvironmentName, KindName, RouteName, ServiceName } from '../ids.ts'
import { Role } from '../principal.ts'
import { Severity } from '../scope.ts'
import { lineOf } from '../text.ts'
import { InstantInput, instantOf, MINUTE_MS, SECOND_MS } from '../time.ts'
import { Labels, PolicyName } from './names.ts'
import { Duration, durationFrom, Percent } from './quantities.ts'

/** Requests of a second that a case may give; more of them would show nothing more. */
const PER_SECOND_MAX = 100_000

/** Steady traffic of a route. */
const load = {
  perSecond: z.number().gt(0).max(PER_SECOND_MAX),
  /** Share that ends with `status`. */
  errors: Percent.prefault('0%'),
  status: z.int().min(400).max(599).default(500),
  latency: durationFrom(1, 60 * MINUTE_MS, '1ms to 60m').prefault('20ms'),
  /** Share that takes `slowLatency`. */
  slow: Percent.prefault('0%'),
  slowLatency: durationFrom(1, 60 * MINUTE_MS, '1ms to 60m').prefault('1s'),
}
const GivenLoad = z.strictObject(load)
export type GivenLoad = z.infer<typeof GivenLoad>

const GivenTraffic = z.strictObject({
  ...load,
  route: RouteName.prefault('GET /'),
  /** Until now. */
  for: durationFrom(10 * SECOND_MS, 15 * MINUTE_MS, '10s to 15m').prefault('15m'),
})
export type GivenTraffic = z.infer<typeof GivenTraffic>

/** Two versions side by side, for so long until now. */
const GivenCanary = z.strictObject({
  route: RouteName.prefault('GET /'),
  for: durationFrom(10 * SECOND_MS, 24 * 60 * MINUTE_MS, '10s to 24h'),
  canary: GivenLoad,
  baseline: GivenLoad,
})
export type GivenCanary = z.infer<typeof GivenCanary>

const GivenIncident = z.strictObject({
  route: RouteName.prefault('GET /'),
  kind: KindName.prefault('error_rate'),
  severity: Severity.default('critical'),
  level: z.int().min(0).max(1_000).default(0),
  acknowledged: z.boolean().default(false),
  openFor: Duration.prefault('1m'),
})

const GivenBudget = z.strictObject({
  /** Share that is left; overspent budgets have none. */
  remaining: Percent.prefault('100%'),
  /** Over every window, or over each of some. */
  burnRate: z.union([z.number().min(0), z.record(Duration, z.number().min(0))]).default(0),
})

/** What a case says that happened, until the instant of which it tells. */
const Given = z.strictObject({
  service: ServiceName,
  environment: EnvironmentName.default(DEFAULT_ENVIRONMENT),
  labels: Labels.default({}),
  /** A Monday at noon, where it does not matter. */
  at: InstantInput.prefault('2026-01-05T12:00:00Z').transform(instantOf),
  traffic: z.array(GivenTraffic).max(200).default([]),
  /** What the same time was like before: an hour, a day and a week ago. */
  before: z.array(GivenTraffic).max(200).default([]),
  dependencies: z.record(ServiceName, z.array(GivenTraffic).max(200)).default({}),
  incidents: z.array(GivenIncident).max(200).default([]),
  budgets: z.record(PolicyName, GivenBudget).default({}),
  canary: z.array(GivenCanary).max(200).default([]),
  freezes: z
    .array(z.strictObject({ name: PolicyName, reason: lineOf(200) }))
    .max(20)
    .default([]),
  approvals: z
    .array(z.strictObject({ role: Role, ago: Duration.prefault('1m') }))
    .max(20)
    .default([]),
  /** For how long all rules but `healthy_for` have passed. */
  healthyFor: Duration.optional(),
})
export type Given = z.infer<typeof Given>

/** What is expected of the policy; what is left out is not looked at. */
const Expected = z.strictObject({
  /** Whether the policy is about it at all. */
  selected: z.boolean().default(true),
  outcome: Outcome.optional(),
  pass: z.boolean().optional(),
  /** What rules say, by their names. */
  rules: z.record(PolicyName, Outcome).default({}),
})
export type Expected = z.infer<typeof Expected>

const PolicyCase = z.strictObject({ name: lineOf(200), given: Given, expect: Expected })
export type PolicyCase = z.infer<typeof PolicyCase>

/** What a test of a policy holds, beside its name. */
export const PolicyTestSpec = z.strictObject({
  policy: PolicyName,
  cases: z.array(PolicyCase).min(1).max(200),
})
