import type { Outcome, PolicyCase, ReleasePolicy, Slo } from '@portcullis/contracts'

import { evaluatePolicy, type PolicyResult } from '../evaluate-policy.ts'
import { selects } from '../selects.ts'
import { givenFacts } from './given-facts.ts'

/** Something that came out otherwise than it was expected. */
export interface Surprise {
  /** `selected`, `outcome`, `pass`, or `rules.` and the name of one. */
  readonly what: string
  readonly expected: Outcome | boolean
  readonly found: Outcome | boolean | null
}

/** What came of a case. */
export interface CaseResult {
  readonly name: string
  readonly surprises: readonly Surprise[]
  /** Null where the policy is not about it. */
  readonly result: PolicyResult | null
}

/** Runs a case of a policy: what is given goes through the same folds and rules as what happens. */
export function runCase(policy: ReleasePolicy, slos: readonly Slo[], one: PolicyCase): CaseResult {
  const { name, given, expect } = one
  const isSelected = selects(policy.spec.selector, given, given.at)
  if (!isSelected || !expect.selected) {
    const surprises = surprised('selected', expect.selected, isSelected)
    return { name, surprises, result: null }
  }
  const result = evaluatePolicy(policy, givenFacts(given, slos))
  const statusOf = (rule: string): Outcome | null =>
    result.rules.find((found) => found.rule === rule)?.status ?? null
  return {
    name,
    result,
    surprises: [
      ...surprised('outcome', expect.outcome, result.outcome),
      ...surprised('pass', expect.pass, result.pass),
      ...Object.entries(expect.rules).flatMap(([rule, expected]) =>
        surprised(`rules.${rule}`, expected, statusOf(rule)),
      ),
    ],
  }
}

function surprised(
  what: string,
  expected: Surprise['expected'] | undefined,
  found: Surprise['found'],
): Surprise[] {
  return expected === undefined || expected === found ? [] : [{ what, expected, found }]
}
