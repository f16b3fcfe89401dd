import type { Outcome, PolicyName, ReleasePolicy } from '@portcullis/contracts'

import { evaluateRule, type RuleResult } from './evaluate-rule.ts'
import type { RuleFacts } from './facts.ts'

/** What a policy says of a release. */
export interface PolicyResult {
  readonly policy: PolicyName
  /** What is known: of the rules that are enforced. */
  readonly outcome: Outcome
  /** What follows from it. A policy may let through what it cannot tell. */
  readonly pass: boolean
  readonly rules: readonly RuleResult[]
}

/**
 * Evaluates all rules of a policy, those too that only warn or are tried. The enforced ones decide: one that fails, then one
 * that cannot tell.
 */
export function evaluatePolicy(policy: ReleasePolicy, facts: RuleFacts): PolicyResult {
  const { metadata, spec } = policy
  const rules = spec.rules.map((rule) => evaluateRule(rule, spec, facts))
  const enforced = rules.filter(({ mode }) => mode === 'enforce')
  const blocks = ({ status, onUndecided }: RuleResult): boolean =>
    status === 'fail' || (status === 'undecided' && onUndecided === 'block')
  return {
    policy: metadata.name,
    outcome: outcomeOf(enforced),
    pass: !enforced.some(blocks),
    rules,
  }
}

function outcomeOf(rules: readonly RuleResult[]): Outcome {
  if (rules.some(({ status }) => status === 'fail')) return 'fail'
  return rules.some(({ status }) => status === 'undecided') ? 'undecided' : 'pass'
}
