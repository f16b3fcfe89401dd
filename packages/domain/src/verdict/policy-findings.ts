import { blocks } from '../policy/evaluate-policy.ts'
import type { RuleResult } from '../policy/evaluate-rule.ts'
import type { RuleFinding } from '../policy/rule-result.ts'
import type { Finding } from './finding.ts'
import type { PolicyVerdict } from './govern.ts'
import type { Findings } from './route-findings.ts'

/**
 * Adds what a policy's rules say: what an enforced one cannot let through blocks; what only warns, and what may pass
 * although it is not known, is told. Rules that are tried say nothing here.
 */
export function findByPolicy(verdict: PolicyVerdict, { violations, warnings }: Findings): void {
  for (const rule of verdict.rules) {
    if (rule.mode === 'shadow') continue
    for (const found of rule.findings) {
      if (found.status === 'pass') continue
      const isBlocking = rule.mode === 'enforce' && blocks(found.status, rule.onUndecided)
      const list = isBlocking ? violations : warnings
      list.push(findingOf(verdict, rule, found))
    }
  }
}

function findingOf(
  { service, policy }: PolicyVerdict,
  { rule, type }: RuleResult,
  found: Exclude<RuleFinding, { status: 'pass' }>,
): Finding {
  const { route, need } = found
  const reason = found.status === 'fail' ? type : found.reason
  return { reason, service, route, evidence: found.evidence, policy, rule, need }
}
