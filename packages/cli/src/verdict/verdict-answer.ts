import { Outcome } from '@portcullis/contracts'
import { z } from 'zod'

const Finding = z.object({
  reason: z.string(),
  service: z.string().nullable(),
  route: z.string().nullable(),
  evidence: z.record(z.string(), z.unknown()),
  policy: z.string().optional(),
  rule: z.string().optional(),
  need: z.string().optional(),
})
export type Finding = z.infer<typeof Finding>

/** What is read of a verdict; a newer gateway may say more, and an older one does not say what is optional. */
export const VerdictAnswer = z.object({
  service: z.string().nullable(),
  env: z.string(),
  version: z.string().nullable(),
  release: z.string().nullable(),
  outcome: Outcome,
  /** What follows from the outcome: a policy may let pass what is undecided. */
  pass: z.boolean(),
  violations: z.array(Finding),
  warnings: z.array(Finding),
  waived: z.array(Finding.extend({ until: z.string() })).default([]),
  position: z.number().nullable(),
  as_of: z.string(),
  /** Read leniently: a hint that cannot be read is no reason to doubt the verdict. */
  opens_at: z.iso.datetime({ offset: true }).nullable().catch(null).default(null),
  needs: z.array(z.string()).catch([]).default([]),
  /** Of an answer about the past: how exact it is. */
  precision: z.enum(['exact', 'minute']).optional().catch(undefined),
})
export type VerdictAnswer = z.infer<typeof VerdictAnswer>

/** Returns what a verdict says to whoever asked: nothing that fails is let through by `pass` alone. */
export function answerOf({ outcome, pass }: Pick<VerdictAnswer, 'outcome' | 'pass'>): Outcome {
  if (outcome === 'fail') return 'fail'
  if (pass) return 'pass'
  return outcome === 'pass' ? 'fail' : outcome
}
