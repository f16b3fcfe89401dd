import { z } from 'zod'

import { Instant } from './instant.ts'
import { Waiting } from './waiting.ts'

/** What is read of a waiver; a newer gateway may say more. Instants become epoch milliseconds. */
export const WaiverAnswer = z.object({
  id: z.string(),
  status: z.enum(['pending', 'active', 'ended', 'revoked']),
  service: z.string(),
  environment: z.string(),
  version: z.string().nullable(),
  policies: z.array(z.string()).nullable(),
  rules: z.array(z.string()).nullable(),
  reason: z.string(),
  until: Instant,
  granted_by: z.string(),
  approved_by: z.string().nullable(),
  revoked_by: z.string().nullable(),
})
export type WaiverAnswer = z.infer<typeof WaiverAnswer>

/** `GET /v1/waivers`. */
export const WaiverPage = z.object({
  waivers: z.array(WaiverAnswer),
  next_cursor: z.string().nullable(),
})

/** The answer to a command on a waiver: the waiver, or that it still waits to be decided. */
export const WaiverCommandAnswer = z.union([z.object({ waiver: WaiverAnswer }), Waiting])
