import { Outcome } from '@portcullis/contracts'
import { z } from 'zod'

const ExplainedRule = z.object({
  rule: z.string(),
  mode: z.string(),
  findings: z.array(
    z.object({
      route: z.string().nullable(),
      status: Outcome,
      reason: z.string().optional(),
      evidence: z.record(z.string(), z.unknown()),
    }),
  ),
})
export type ExplainedRule = z.infer<typeof ExplainedRule>

const DefaultRules = z.object({
  service: z.string(),
  rules: z.array(ExplainedRule),
})

/** What a verdict has with `explain=true`, beside itself. */
export const Explanation = z.object({
  policies: z.array(
    z.object({ service: z.string(), policy: z.string(), rules: z.array(ExplainedRule) }),
  ),
  /** A gateway of the version before leaves it out. */
  default_rules: z.array(DefaultRules).default([]),
})
export type Explanation = z.infer<typeof Explanation>
