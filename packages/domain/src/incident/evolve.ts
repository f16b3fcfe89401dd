import type { EventData, IncidentEvent } from '@portcullis/contracts'

import type { IncidentState, OpenIncident } from './state.ts'

/** The events with which an incident's stream can begin. */
type IncidentBirth = Extract<IncidentEvent, { type: 'incident.opened' | 'incident.inserted' }>

/**
 * Returns the incident after `event`. It copies what the event says and decides nothing.
 *
 * `incident` is absent before the stream's first event, which is `incident.opened` or
 * `incident.inserted`. Throws when another event comes first: stream versions make that impossible,
 * so it is a broken log, and a fold must not answer from one.
 */
export function evolveIncident(
  incident: IncidentState | undefined,
  event: IncidentEvent,
): IncidentState {
  if (event.type === 'incident.opened') return opened(incident, event.data)
  if (event.type === 'incident.inserted') return inserted(event.data)
  if (incident === undefined) throw new Error(`an incident cannot begin with ${event.type}`)
  return evolved(incident, event)
}

// oxlint-disable-next-line complexity -- a case for each event type, and nothing else.
function evolved(
  incident: IncidentState,
  event: Exclude<IncidentEvent, IncidentBirth>,
): IncidentState {
  switch (event.type) {
    case 'incident.refreshed': {
      const { severity, lastSeen, evidence, nextDueAt } = event.data
      return { ...incident, severity, lastSeen, evidence, nextDueAt }
    }
    case 'incident.escalated': {
      const { level, escalatedAt, nextDueAt } = event.data
      return { ...incident, escalationLevel: level, escalatedAt, nextDueAt }
    }
    case 'incident.acknowledged':
      return acknowledged(incident, event.data)
    case 'incident.unacknowledged':
      return { ...untaken(incident), nextDueAt: event.data.nextDueAt }
    case 'incident.resolved':
      return resolved(incident, event.data)
    case 'incident.reopened': {
      // Whoever reopens has seen that the trouble stands: healthy evidence counts anew.
      const { at, nextDueAt } = event.data
      return { ...untaken(incident), resolvedAt: null, lastSeen: at, nextDueAt }
    }
    case 'incident.snoozed':
      return { ...incident, snoozedUntil: event.data.until, nextDueAt: event.data.nextDueAt }
    case 'incident.unsnoozed':
      return { ...incident, snoozedUntil: null, nextDueAt: event.data.nextDueAt }
    case 'incident.assigned':
      return { ...incident, owner: event.data.owner }
    case 'incident.commented':
      return incident
    case 'incident.severity_changed':
      return { ...incident, severity: event.data.severity, nextDueAt: event.data.nextDueAt }
    case 'incident.rescheduled':
      return { ...incident, nextDueAt: event.data.nextDueAt }
    case 'incident.edited':
      return { ...incident, ...writtenBy(event.data) }
  }
}

/** Of an earlier opening, only the metadata stays: everything else is what this opening says. */
function opened(
  incident: IncidentState | undefined,
  data: EventData<'incident.opened'>,
): OpenIncident {
  const { scope, opening, severity, firstSeen, owner, hint, evidence, nextDueAt } = data
  return {
    status: 'open',
    scope,
    opening,
    severity,
    escalationLevel: 0,
    acknowledgedBy: null,
    acknowledgedAt: null,
    firstSeen,
    lastSeen: firstSeen,
    escalatedAt: null,
    nextDueAt,
    snoozedUntil: null,
    resolvedAt: null,
    owner,
    hint,
    evidence,
    metadata: incident?.metadata ?? {},
  }
}

function inserted({ scope, columns }: EventData<'incident.inserted'>): IncidentState {
  const unwritable = { opening: 1, snoozedUntil: null, resolvedAt: null, hint: null, evidence: {} }
  return { scope, ...unwritable, ...columns }
}

/** An acknowledgement ends a snooze: it was to last until somebody takes over. */
function acknowledged(
  incident: IncidentState,
  { by, at }: EventData<'incident.acknowledged'>,
): IncidentState {
  return {
    ...incident,
    status: 'acknowledged',
    acknowledgedBy: by,
    acknowledgedAt: at,
    snoozedUntil: null,
    nextDueAt: null,
  }
}

/** Who had acknowledged it stays on record. */
function resolved(incident: IncidentState, { at }: EventData<'incident.resolved'>): IncidentState {
  return { ...incident, status: 'resolved', resolvedAt: at, snoozedUntil: null, nextDueAt: null }
}

/** The same opening goes on: its level and the time of its last escalation stay. */
function untaken(incident: IncidentState): OpenIncident {
  return { ...incident, status: 'open', acknowledgedBy: null, acknowledgedAt: null }
}

type Columns = EventData<'incident.inserted'>['columns']

/** The columns that SQL wrote. Stored JSON has no `undefined`: what is there has a value. */
function writtenBy({ after }: EventData<'incident.edited'>): Partial<Columns> {
  return after as Partial<Columns>
}
