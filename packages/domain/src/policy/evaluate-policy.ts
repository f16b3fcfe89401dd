import type {
  OnUndecided,
  Outcome,
  PolicyName,
  ReleasePolicy,
  RuleMode,
} from '@portcullis/contracts'

import { evaluateRule, type RuleResult } from './evaluate-rule.ts'
import type { RuleFacts } from './facts.ts'
import { statusOf } from './rule-result.ts'

/** What a policy says of a release. */
export interface PolicyResult {
  readonly policy: PolicyName
  readonly mode: RuleMode
  readonly onUndecided: OnUndecided
  /** What is known, by the rules that are as strong as the policy: a policy that is only tried says what it would. */
  readonly outcome: Outcome
  /** What follows from it. A policy may let through what it cannot tell. */
  readonly pass: boolean
  readonly rules: readonly RuleResult[]
}

/**
 * Evaluates all rules of a policy, those too that are weaker than it and decide nothing. Of the others one that fails
 * decides, then one that cannot tell.
 */
export function evaluatePolicy(policy: ReleasePolicy, facts: RuleFacts): PolicyResult {
  const { metadata, spec } = policy
  const rules = spec.rules.map((rule) => evaluateRule(rule, spec, facts))
  const deciding = rules.filter(({ mode }) => mode === spec.mode)
  return {
    policy: metadata.name,
    mode: spec.mode,
    onUndecided: spec.onUndecided,
    outcome: statusOf(deciding),
    pass: !deciding.some(({ status, onUndecided }) => blocks(status, onUndecided)),
    rules,
  }
}

/** Whether something stands in the way of a release; what cannot be told does where the policy says so. */
export function blocks(status: Outcome, onUndecided: OnUndecided): boolean {
  return status === 'fail' || (status === 'undecided' && onUndecided === 'block')
}
