import type { PolicyVerdict } from './govern.ts'
import type { Verdict } from './verdict.ts'

/**
 * Returns the text of a verdict, by which two of them are compared: JSON, its instants in RFC 3339.
 * How fresh an answer is depends on when it was asked for, and is left out; all the rest follows from
 * the heads, `as_of`, and the question. Members are in the order in which the verdict was built, which
 * is the same in every process that runs this code. With `explain` it has every rule of policies that was looked at, with
 * its figures.
 */
export function canonicalVerdict(verdict: Verdict, explain = false): string {
  const as_of = new Date(verdict.as_of).toISOString()
  const opens_at = verdict.opens_at === null ? null : new Date(verdict.opens_at).toISOString()
  const waived = verdict.waived.map((one) => ({ ...one, until: new Date(one.until).toISOString() }))
  const policies = explain ? verdict.policies : verdict.policies.map(withoutRules)
  return JSON.stringify({ ...verdict, waived, opens_at, policies, as_of, freshness_ms: undefined })
}

function withoutRules(policy: PolicyVerdict): Omit<PolicyVerdict, 'rules'> {
  const { rules: _, ...rest } = policy
  return rest
}
