import { type Rule, SECOND_MS } from '@portcullis/contracts'

import type { RuleFacts } from '../facts.ts'
import type { RuleFinding } from '../rule-result.ts'

type ApprovalRule = Extract<Rule, { type: 'approval' }>
type HealthyForRule = Extract<Rule, { type: 'healthy_for' }>

/** Judges whether a freeze covers the release. */
export function judgeFreezes({ freezesAt, asOf }: RuleFacts): RuleFinding[] {
  const freezes = freezesAt(asOf)
  if (freezes.length === 0) return [{ route: null, status: 'pass', evidence: { freezes: 0 } }]
  return freezes.map(({ name, reason, until }) => {
    const end = new Date(until).toISOString()
    return {
      route: null,
      status: 'fail',
      need: `the end of the freeze ${name}, at ${end}`,
      evidence: { freeze: name, freeze_reason: reason, until: end },
    }
  })
}

/** Judges whether enough people said yes, not too long ago. */
export function judgeApprovals(
  { count, role, validFor }: ApprovalRule,
  { approvals, asOf }: RuleFacts,
): RuleFinding[] {
  const given = approvals.filter((one) => one.role === role && asOf - one.at <= validFor).length
  const evidence = { approvals: given, needed: count, role, valid_for_s: validFor / SECOND_MS }
  if (given >= count) return [{ route: null, status: 'pass', evidence }]
  const need = `${count - given} more approvals by ${role}`
  return [{ route: null, status: 'fail', need, evidence }]
}

/** Judges whether all other rules of the policy have passed for long enough. */
export function judgeHealthyFor(
  { duration }: HealthyForRule,
  { passingSince, asOf }: RuleFacts,
): RuleFinding[] {
  const lastedMs = passingSince === null ? 0 : asOf - passingSince
  const evidence = { healthy_s: Math.floor(lastedMs / SECOND_MS), needed_s: duration / SECOND_MS }
  if (passingSince !== null && lastedMs >= duration) {
    return [{ route: null, status: 'pass', evidence }]
  }
  const need = `${Math.ceil((duration - lastedMs) / SECOND_MS)} s more of all other rules passing`
  return [{ route: null, status: 'undecided', reason: 'too_early', need, evidence }]
}
