import { z } from 'zod'

import { PrincipalId } from '../ids.ts'
import { SealedText } from '../principal.ts'
import { AlarmScope, Evidence, Severity } from '../scope.ts'
import { EpochMs } from '../time.ts'
import { Notify } from './notify.ts'

/** When the next escalation step is due; null when none is. Decided with the event. */
const NextDueAt = EpochMs.nullable()

/** The columns that SQL may write through the `incidents` view; `edited` copies what changed. */
export const IncidentEdit = z
  .strictObject({
    status: z.enum(['open', 'acknowledged', 'resolved']),
    severity: Severity,
    escalationLevel: z.int().min(0).max(1_000),
    acknowledgedBy: PrincipalId.nullable(),
    acknowledgedAt: EpochMs.nullable(),
    firstSeen: EpochMs,
    lastSeen: EpochMs,
    escalatedAt: EpochMs.nullable(),
    nextDueAt: EpochMs.nullable(),
    owner: PrincipalId.nullable(),
    metadata: z.json(),
  })
  .partial()
export type IncidentEdit = z.infer<typeof IncidentEdit>

/** What can happen to an incident, by event type; each at schema version 1. */
export const incidentEvents = {
  /** A first opening, or a recurrence after a resolution: a new `opening` of the same incident. */
  'incident.opened': z.strictObject({
    scope: AlarmScope,
    opening: z.int().positive(),
    severity: Severity,
    firstSeen: EpochMs,
    owner: PrincipalId.nullable(),
    hint: z.string().max(1_024).nullable(),
    evidence: Evidence,
    note: SealedText.nullable(),
    nextDueAt: NextDueAt,
    notify: Notify,
  }),
  /** The alarm still stands; at most once an incident and minute, and at a change of severity. */
  'incident.refreshed': z.strictObject({
    severity: Severity,
    lastSeen: EpochMs,
    evidence: Evidence,
    nextDueAt: NextDueAt,
    notify: Notify,
  }),
  'incident.escalated': z.strictObject({
    level: z.int().positive(),
    escalatedAt: EpochMs,
    nextDueAt: NextDueAt,
    notify: Notify,
  }),
  'incident.acknowledged': z.strictObject({
    by: PrincipalId,
    at: EpochMs,
    note: SealedText.nullable(),
    notify: Notify,
  }),
  'incident.unacknowledged': z.strictObject({ note: SealedText.nullable(), nextDueAt: NextDueAt }),
  'incident.resolved': z.strictObject({
    reason: z.enum(['healthy', 'command']),
    at: EpochMs,
    note: SealedText.nullable(),
    notify: Notify,
  }),
  'incident.reopened': z.strictObject({
    at: EpochMs,
    note: SealedText.nullable(),
    nextDueAt: NextDueAt,
    notify: Notify,
  }),
  'incident.snoozed': z.strictObject({
    until: EpochMs,
    note: SealedText.nullable(),
    nextDueAt: NextDueAt,
  }),
  'incident.unsnoozed': z.strictObject({ note: SealedText.nullable(), nextDueAt: NextDueAt }),
  'incident.assigned': z.strictObject({
    owner: PrincipalId.nullable(),
    note: SealedText.nullable(),
  }),
  'incident.commented': z.strictObject({ note: SealedText }),
  'incident.severity_changed': z.strictObject({
    severity: Severity,
    note: SealedText.nullable(),
    nextDueAt: NextDueAt,
  }),
  /** The due time moved: a changed SLA (`recalc`), or an edit by SQL that was reconsidered. */
  'incident.rescheduled': z.strictObject({ nextDueAt: NextDueAt }),
  /** Somebody wrote to the `incidents` view; evolve copies the columns and decides nothing. */
  'incident.edited': z.strictObject({ before: IncidentEdit, after: IncidentEdit }),
  /** Somebody inserted into the `incidents` view. */
  'incident.inserted': z.strictObject({
    scope: AlarmScope,
    columns: IncidentEdit.required(),
  }),
} as const
