import { Severity } from '@portcullis/contracts'
import { z } from 'zod'

const Instant = z.iso.datetime()
const Json = z.record(z.string(), z.json())

/** An incident as it is answered: `IncidentWire` of the projections, with names. */
export const IncidentBody = z.object({
  id: z.uuid(),
  incident_key: z.string().describe('`route::kind`'),
  service: z.string(),
  environment: z.string(),
  route: z.string(),
  kind: z.string(),
  status: z.enum(['open', 'acknowledged', 'resolved']),
  severity: Severity,
  opening: z.int().positive().describe('1, 2, 3 …: a recurrence is a new opening'),
  escalation_level: z.int().nonnegative(),
  acknowledged_by: z.string().nullable(),
  acknowledged_at: Instant.nullable(),
  first_seen: Instant,
  last_seen: Instant,
  escalated_at: Instant.nullable(),
  next_due_at: Instant.nullable().describe('When the next escalation is due'),
  snoozed_until: Instant.nullable(),
  resolved_at: Instant.nullable(),
  owner: z.string().nullable(),
  hint: z.string().nullable(),
  evidence: Json,
  metadata: z.json(),
  version: z.int().positive().describe('Of its stream of events'),
  position: z.int().positive().describe('In the log, of the last event'),
})

/** What was done to an incident, by whom, on which way and when. */
export const TimelineEntry = z.object({
  version: z.int().positive(),
  position: z.int().positive(),
  at: Instant,
  type: z.string().describe('`incident.acknowledged`, for example'),
  who: z.object({
    kind: z.enum(['person', 'key', 'system']),
    id: z.string(),
    name: z.string().describe('The id where no name is known'),
  }),
  via: z.string().describe('`http`, `sql`, `alarm`, `timer` …'),
  what: Json.describe('What the event says'),
  note: z.string().nullable().describe('`[erased]` where its writer was erased'),
  command_id: z.string().nullable(),
  correlation_id: z.string().nullable(),
})
export type TimelineEntry = z.infer<typeof TimelineEntry>
