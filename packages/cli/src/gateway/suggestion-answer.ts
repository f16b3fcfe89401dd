import { z } from 'zod'

import { Instant } from './instant.ts'

const common = {
  type: z.string(),
  window: z.string(),
  percentile: z.number().nullable(),
  instants: z.number(),
  silent: z.number(),
}

/** A limit that history suggests, or why there is none. */
const RuleSuggestion = z.union([
  z.object({
    ...common,
    max: z.string(),
    held_by: z.enum(['blocks', 'traffic']).nullable(),
    undecided: z.number(),
    judged: z.number(),
    blocked: z.number(),
    blocked_pct: z.number(),
    median: z.string().nullable(),
    worst: z.string().nullable(),
  }),
  z.object({
    ...common,
    max: z.null(),
    why: z.enum(['too_little_history', 'too_little_traffic', 'blocks_more']),
  }),
])
export type RuleSuggestion = z.infer<typeof RuleSuggestion>

/** `GET /v1/policy-suggestions`. */
export const SuggestionAnswer = z.object({
  service: z.string(),
  environment: z.string(),
  from: Instant,
  to: Instant,
  wanted_blocks_pct: z.number(),
  precision: z.enum(['exact', 'minute']),
  rules: z.array(RuleSuggestion),
  policy: z.record(z.string(), z.unknown()).nullable(),
})
export type SuggestionAnswer = z.infer<typeof SuggestionAnswer>
