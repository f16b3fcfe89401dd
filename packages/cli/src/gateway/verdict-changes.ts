import { Outcome } from '@portcullis/contracts'
import { z } from 'zod'

import { Instant } from './instant.ts'

/** `GET /v1/verdicts`; the newest first. */
export const VerdictChanges = z.object({
  verdicts: z.array(
    z.object({
      service: z.string(),
      environment: z.string(),
      outcome: Outcome,
      pass: z.boolean(),
      reasons: z.array(z.string()),
      as_of: Instant,
      policies: z.array(z.object({ policy: z.string(), mode: z.string(), outcome: Outcome })),
    }),
  ),
  next_cursor: z.string().nullable(),
})
export type VerdictChange = z.infer<typeof VerdictChanges>['verdicts'][number]
