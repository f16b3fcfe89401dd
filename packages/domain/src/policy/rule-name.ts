import type { Rule } from '@portcullis/contracts'

/** Returns the name by which verdicts tell of a rule: its own, or else its type. */
export function ruleNameOf(rule: Rule): string {
  return rule.name ?? rule.type.replaceAll('_', '-')
}
