import type { EpochMs } from '@portcullis/contracts'

import type { VerdictInputs } from '../verdict/inputs.ts'
import type { GuardQuestion } from '../verdict/question.ts'
import { type Verdict, verdict } from '../verdict/verdict.ts'
import { opensAt } from './opens-at.ts'

/** Answers a question as of an instant, and says when the answer could be a pass at the earliest. */
export function fullVerdict(
  inputs: VerdictInputs,
  question: GuardQuestion,
  asOf: EpochMs,
): Verdict {
  const now = verdict(inputs, question, asOf)
  return { ...now, opens_at: opensAt(inputs, question, now) }
}
