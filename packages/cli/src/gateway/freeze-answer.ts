import { z } from 'zod'

const Instant = z.iso.datetime().transform((text) => Date.parse(text))

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
export type FreezeList = z.infer<typeof FreezeList>
