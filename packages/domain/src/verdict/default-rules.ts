import type { Evidence, Outcome, RouteName, RuleMode, ServiceName } from '@portcullis/contracts'

import type { DefaultReason } from './finding.ts'
import type { GuardParameters } from './question.ts'

/** What the default policy looked at of a service that it decides for, whatever came of it. */
export interface DefaultRules {
  readonly service: ServiceName
  /** One for each reason that it may have, in their order. */
  readonly rules: readonly DefaultRule[]
}

export interface DefaultRule {
  readonly rule: DefaultReason
  /** Whether what it finds blocks, or is only told. */
  readonly mode: Exclude<RuleMode, 'shadow'>
  readonly status: Outcome
  /** What was found; where that is nothing, what came nearest to it. */
  readonly findings: readonly DefaultLook[]
}

export interface DefaultLook {
  /** Null where it is about no single route. */
  readonly route: RouteName | null
  readonly status: Outcome
  /** Figures as they were compared; of routes with their `limits`, and what is `left` to each, below 0 beyond it. */
  readonly evidence: Evidence
}

/** Whether the default policy blocks for a reason, or only tells it. */
export function blocksByDefault(
  reason: DefaultReason,
  { check_regress, allow_warn }: Pick<GuardParameters, 'check_regress' | 'allow_warn'>,
): boolean {
  if (reason === 'p95_regression_critical') return check_regress
  if (reason === 'warning_alarm') return !allow_warn
  return reason !== 'no_data' && reason !== 'incident_outside_lookback'
}
