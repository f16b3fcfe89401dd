import type {
  AlarmScope,
  EpochMs,
  Evidence,
  EventData,
  PrincipalId,
  Severity,
} from '@portcullis/contracts'

/**
 * What is known of an incident, whatever its status.
 *
 * Each field is a column that plain SQL may write (docs/data-model.md), so none of them can be
 * derived from the status: `UPDATE incidents SET status = 'acknowledged'` leaves an acknowledged
 * incident without an acknowledger, and reopening by SQL may leave one behind. The state holds what
 * was written. Deciders trust the status alone; the acknowledger, the instants and the due time are
 * facts beside it.
 */
interface IncidentFacts {
  readonly scope: AlarmScope
  /** 1, 2, 3 …: a recurrence after a resolution is a new opening of the same incident. */
  readonly opening: number
  readonly severity: Severity
  /** 0 until the first escalation of this opening. */
  readonly escalationLevel: number
  readonly acknowledgedBy: PrincipalId | null
  readonly acknowledgedAt: EpochMs | null
  /** When this opening began: due times count from it. */
  readonly firstSeen: EpochMs
  /** When the trouble was last seen to stand; healthy evidence counts from here at the earliest. */
  readonly lastSeen: EpochMs
  readonly escalatedAt: EpochMs | null
  /** When the next escalation is due; null when none is. What stands here holds until it is rescheduled. */
  readonly nextDueAt: EpochMs | null
  /** No escalation before this instant; it stays written when it has passed. */
  readonly snoozedUntil: EpochMs | null
  readonly resolvedAt: EpochMs | null
  readonly owner: PrincipalId | null
  readonly hint: string | null
  readonly evidence: Evidence
  readonly metadata: EventData<'incident.inserted'>['columns']['metadata']
}

export interface OpenIncident extends IncidentFacts {
  readonly status: 'open'
}
export interface AcknowledgedIncident extends IncidentFacts {
  readonly status: 'acknowledged'
}
export interface ResolvedIncident extends IncidentFacts {
  readonly status: 'resolved'
}

/**
 * An incident: `open` (escalates) ⇄ `acknowledged` (somebody has it) → `resolved` → `open` again,
 * by a recurrence (a new opening) or by a command (the same opening goes on).
 */
export type IncidentState = OpenIncident | AcknowledgedIncident | ResolvedIncident
