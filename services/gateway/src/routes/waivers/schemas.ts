import { WAIVER_STATUSES } from '@portcullis/domain'
import { z } from 'zod'

const Instant = z.iso.datetime()

/** A waiver as it is answered. */
export const WaiverBody = z.object({
  id: z.uuid(),
  status: z.enum(WAIVER_STATUSES).describe('Now; only an `active` one lets anything through'),
  service: z.string(),
  environment: z.string(),
  version: z.string().nullable().describe('Null for every version'),
  policies: z.array(z.string()).nullable().describe('Null for every policy'),
  rules: z.array(z.string()).nullable().describe('Null for every rule but `stale_data`'),
  reason: z.string().describe('`[erased]` where its writer was erased'),
  until: Instant,
  needs_second: z.boolean().describe('It takes effect when somebody else approves it'),
  granted_by: z.string(),
  granted_at: Instant,
  approved_by: z.string().nullable(),
  approved_at: Instant.nullable(),
  revoked_by: z.string().nullable(),
  revoked_at: Instant.nullable(),
  position: z.int().positive().describe('In the log, of the last event'),
})
export type WaiverBody = z.infer<typeof WaiverBody>
