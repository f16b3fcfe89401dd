import type { EpochMs } from '@portcullis/contracts'

import { explainDefault } from '../verdict/explain-default.ts'
import type { VerdictInputs } from '../verdict/inputs.ts'
import type { GuardQuestion } from '../verdict/question.ts'
import { type Verdict, verdict } from '../verdict/verdict.ts'
import { opensAt } from './opens-at.ts'

/**
 * Answers a question as of an instant, and says when the answer could be a pass at the earliest; with `explain`, what the
 * default policy looked at as well.
 */
export function fullVerdict(
  inputs: VerdictInputs,
  question: GuardQuestion,
  { asOf, explain }: { readonly asOf: EpochMs; readonly explain: boolean },
): Verdict {
  const now = verdict(inputs, question, asOf)
  const answer = { ...now, opens_at: opensAt(inputs, question, now) }
  return explain ? { ...answer, default_rules: explainDefault(inputs, question, now) } : answer
}
