import type { PrincipalId } from '@portcullis/contracts'
import { incidentKeyOf } from '@portcullis/contracts'

import { isoOf, isoOrNull } from '../record.ts'
import type { IncidentRow } from './model.ts'

/** Returns the name to show for a person or key; the opaque id where none is known. */
export type NameOf = (id: PrincipalId) => string

/** An incident as HTTP answers, webhooks and the `incidents` view show it. Instants are RFC 3339. */
export function incidentToWire({ id, state, version, position }: IncidentRow, nameOf: NameOf) {
  return {
    id,
    incident_key: incidentKeyOf(state.scope),
    ...state.scope,
    status: state.status,
    severity: state.severity,
    opening: state.opening,
    escalation_level: state.escalationLevel,
    acknowledged_by: state.acknowledgedBy === null ? null : nameOf(state.acknowledgedBy),
    acknowledged_at: isoOrNull(state.acknowledgedAt),
    first_seen: isoOf(state.firstSeen),
    last_seen: isoOf(state.lastSeen),
    escalated_at: isoOrNull(state.escalatedAt),
    next_due_at: isoOrNull(state.nextDueAt),
    snoozed_until: isoOrNull(state.snoozedUntil),
    resolved_at: isoOrNull(state.resolvedAt),
    owner: state.owner === null ? null : nameOf(state.owner),
    hint: state.hint,
    evidence: state.evidence,
    metadata: state.metadata,
    version,
    position,
  }
}

export type IncidentWire = ReturnType<typeof incidentToWire>

/**
 * Returns the incident without names, for what is kept: names live in a table where they can be
 * erased, and `incidentWithNames` puts them in when the incident is shown.
 */
export function incidentToKeep(row: IncidentRow): IncidentWire {
  return incidentToWire(row, (id) => id)
}

/** Returns the ids of the people that an incident without names speaks of. */
export function peopleOfIncident(incident: IncidentWire): PrincipalId[] {
  const ids = [incident.acknowledged_by, incident.owner].filter((id) => id !== null)
  return ids as PrincipalId[]
}

/** Puts names in the place of ids. */
export function incidentWithNames(incident: IncidentWire, nameOf: NameOf): IncidentWire {
  const shown = (id: string | null) => (id === null ? null : nameOf(id as PrincipalId))
  return {
    ...incident,
    acknowledged_by: shown(incident.acknowledged_by),
    owner: shown(incident.owner),
  }
}
