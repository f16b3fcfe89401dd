import { z } from 'zod'

import { Instant } from './instant.ts'
import { Waiting } from './waiting.ts'

/** What is read of an incident; a newer gateway may say more. Instants become epoch milliseconds. */
export const IncidentAnswer = z.object({
  id: z.string(),
  service: z.string(),
  environment: z.string(),
  route: z.string(),
  kind: z.string(),
  status: z.enum(['open', 'acknowledged', 'resolved']),
  severity: z.enum(['warning', 'critical']),
  opening: z.number(),
  escalation_level: z.number(),
  acknowledged_by: z.string().nullable(),
  first_seen: Instant,
  last_seen: Instant,
  next_due_at: Instant.nullable(),
  snoozed_until: Instant.nullable(),
  owner: z.string().nullable(),
  hint: z.string().nullable(),
  evidence: z.record(z.string(), z.unknown()),
})
export type IncidentAnswer = z.infer<typeof IncidentAnswer>

/** `GET /ops/incidents`. */
export const IncidentPage = z.object({
  incidents: z.array(IncidentAnswer),
  next_cursor: z.string().nullable(),
})

const TimelineEntry = z.object({
  at: Instant,
  type: z.string(),
  who: z.object({ name: z.string() }),
  via: z.string(),
  note: z.string().nullable(),
})

/** `GET /ops/incidents/:id`; the newest entry of the timeline comes first. */
export const IncidentHistory = z.object({
  incident: IncidentAnswer,
  timeline: z.array(TimelineEntry),
})
export type IncidentHistory = z.infer<typeof IncidentHistory>

/** The answer to a command: the incident after it, or that it still waits to be decided. */
export const CommandAnswer = z.union([z.object({ incident: IncidentAnswer }), Waiting])
