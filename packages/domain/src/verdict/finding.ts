import type { Evidence, PolicyName, RouteName, RuleType, ServiceName } from '@portcullis/contracts'

import { UNDECIDED_REASONS, type UndecidedReason } from '../policy/rule-result.ts'

/**
 * Why the default policy blocks, or warns, in the order in which a route's are listed. Never renamed or used
 * again.
 */
export const DEFAULT_REASONS = [
  'stale_data',
  'no_data',
  'freeze',
  'error_rate_critical',
  'hard_error_threshold',
  'slo_violation',
  'p95_regression_critical',
  'warning_alarm',
  'incident_open',
  'incident_outside_lookback',
] as const

/** Reasons that rules of policies have: their types, and why one cannot tell. */
const RULE_REASONS = [
  'too_few_samples',
  'too_early',
  'error_rate',
  'latency',
  'burn_rate',
  'error_budget',
  'alarm',
  'incident',
  'regression',
  'canary',
  'traffic',
  'healthy_for',
  'dependency',
  'approval',
] as const satisfies readonly (RuleType | UndecidedReason)[]

export type DefaultReason = (typeof DEFAULT_REASONS)[number]
export type Reason = DefaultReason | RuleType | UndecidedReason
export const REASONS: readonly Reason[] = [...DEFAULT_REASONS, ...RULE_REASONS]

const UNDECIDED: readonly Reason[] = ['stale_data', ...UNDECIDED_REASONS]

/** Whether a reason says that something is not known. */
export function isUndecided(reason: Reason): boolean {
  return UNDECIDED.includes(reason)
}

/** A violation or a warning. */
export interface Finding {
  readonly reason: Reason
  /** Null where it is about all services. */
  readonly service: ServiceName | null
  /** Null where it is about no single route. */
  readonly route: RouteName | null
  readonly evidence: Evidence
  /** Which rule of which policy says so; left out where the default policy does. */
  readonly policy?: PolicyName
  readonly rule?: string
  /** What would turn it green, in words. */
  readonly need?: string
}

const RANKS = new Map(REASONS.map((reason, rank) => [reason, rank]))

/**
 * Sorts findings in place, and returns them: by service, route, reason, policy and rule, incident, and then by what
 * their evidence says. So their order does not depend on that of the inputs.
 */
export function inOrder(findings: Finding[]): Finding[] {
  return findings.sort((a, b) => byPlace(a, b) || bySource(a, b) || byEvidence(a, b))
}

function byPlace(a: Finding, b: Finding): number {
  return (
    byText(a.service ?? '', b.service ?? '') ||
    byText(a.route ?? '', b.route ?? '') ||
    RANKS.get(a.reason)! - RANKS.get(b.reason)!
  )
}

function bySource(a: Finding, b: Finding): number {
  return byText(a.policy ?? '', b.policy ?? '') || byText(a.rule ?? '', b.rule ?? '')
}

/** Seldom asked for, and dear: one rule finds little of one route. */
function byEvidence({ evidence: a }: Finding, { evidence: b }: Finding): number {
  return (
    byText(String(a['incident_id'] ?? ''), String(b['incident_id'] ?? '')) ||
    byText(JSON.stringify(a), JSON.stringify(b))
  )
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
