import { z } from 'zod'

import { Instant } from './instant.ts'

/** `GET /v1/freezes`. Instants become epoch milliseconds. */
export const FreezeList = z.object({
  freezes: z.array(
    z.object({
      name: z.string(),
      status: z.enum(['active', 'next']),
      reason: z.string(),
      from: Instant,
      until: Instant,
      changed_by: z.string(),
    }),
  ),
})
