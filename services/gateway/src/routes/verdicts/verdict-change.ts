import { Outcome, RuleMode } from '@portcullis/contracts'
import { z } from 'zod'

/** A recorded change of a verdict, or of what a policy says. */
export const VerdictChange = z.object({
  position: z.int().describe('In the log'),
  service: z.string(),
  environment: z.string(),
  outcome: Outcome,
  pass: z.boolean(),
  previous: z
    .object({ outcome: Outcome, pass: z.boolean() })
    .nullable()
    .describe('What was recorded before; null for the first, and where that was not kept'),
  reasons: z.array(z.string()).describe('Of what blocked, each once'),
  as_of: z.iso.datetime(),
  recorded_at: z.iso.datetime(),
  policies: z.array(
    z.object({
      policy: z.string(),
      version: z.string(),
      mode: RuleMode,
      outcome: Outcome,
      pass: z.boolean(),
      passing_since: z.iso.datetime().nullable(),
      tried: z.record(z.string(), Outcome).describe('What rules say that are only tried'),
    }),
  ),
})
