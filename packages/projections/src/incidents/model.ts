import type { IncidentEvent, IncidentId, LogPosition, RecordedEvent } from '@portcullis/contracts'
import { evolveIncident, incidentOfStream, type IncidentState } from '@portcullis/domain'

import type { ReadModel, TableRecord } from '../read-model.ts'
import { countOf, instantOf, instantOrNull, isoOf, isoOrNull, valueOf } from '../record.ts'

/** An incident with its place in the log. */
export interface IncidentRow {
  readonly id: IncidentId
  readonly state: IncidentState
  /** Version of its stream: an append expects the next one. */
  readonly version: number
  readonly position: LogPosition
}

/** `incident_state`: one row an incident, the newest opening of each key. */
export const incidentModel: ReadModel<IncidentRow> = {
  table: 'incident_state',
  key: ['id'],
  keysOf: (event) => {
    const id = incidentOfStream(event.streamId)
    return id === null ? [] : [[id]]
  },
  begins: (event) => event.version === 1,
  evolve: (row, event, [id]) => ({
    id: id as IncidentId,
    state: evolveIncident(row?.state, event as RecordedEvent<IncidentEvent>),
    version: event.version,
    position: event.position,
  }),
  toRecord: ({ id, state, version, position }) => ({
    id,
    ...state.scope,
    status: state.status,
    severity: state.severity,
    opening: state.opening,
    escalation_level: state.escalationLevel,
    acknowledged_by: state.acknowledgedBy,
    acknowledged_at: isoOrNull(state.acknowledgedAt),
    first_seen: isoOf(state.firstSeen),
    last_seen: isoOf(state.lastSeen),
    escalated_at: isoOrNull(state.escalatedAt),
    next_due_at: isoOrNull(state.nextDueAt),
    snoozed_until: isoOrNull(state.snoozedUntil),
    resolved_at: isoOrNull(state.resolvedAt),
    owner: state.owner,
    hint: state.hint,
    evidence: state.evidence,
    metadata: state.metadata,
    version,
    position,
  }),
  fromRecord: (record) => ({
    id: valueOf(record, 'id'),
    state: stateOf(record),
    version: valueOf(record, 'version'),
    position: countOf(record, 'position') as LogPosition,
  }),
}

function stateOf(record: TableRecord): IncidentState {
  return {
    status: valueOf<IncidentState['status']>(record, 'status'),
    scope: {
      service: valueOf(record, 'service'),
      environment: valueOf(record, 'environment'),
      route: valueOf(record, 'route'),
      kind: valueOf(record, 'kind'),
    },
    severity: valueOf(record, 'severity'),
    opening: valueOf(record, 'opening'),
    escalationLevel: valueOf(record, 'escalation_level'),
    acknowledgedBy: valueOf(record, 'acknowledged_by'),
    acknowledgedAt: instantOrNull(record, 'acknowledged_at'),
    firstSeen: instantOf(record, 'first_seen'),
    lastSeen: instantOf(record, 'last_seen'),
    escalatedAt: instantOrNull(record, 'escalated_at'),
    nextDueAt: instantOrNull(record, 'next_due_at'),
    snoozedUntil: instantOrNull(record, 'snoozed_until'),
    resolvedAt: instantOrNull(record, 'resolved_at'),
    owner: valueOf(record, 'owner'),
    hint: valueOf(record, 'hint'),
    evidence: valueOf(record, 'evidence'),
    metadata: valueOf(record, 'metadata'),
  }
}

/**
 * Folds decided events into a row before they have a place in the log, for whoever decides the next
 * command on the same incident. The position stays that of the last recorded event.
 */
export function foldIncident(
  row: IncidentRow | undefined,
  { id, events }: { id: IncidentId; events: readonly IncidentEvent[] },
): IncidentRow | undefined {
  return events.reduce<IncidentRow | undefined>(
    (before, event) => ({
      id,
      state: evolveIncident(before?.state, event),
      version: (before?.version ?? 0) + 1,
      position: before?.position ?? (0 as LogPosition),
    }),
    row,
  )
}
