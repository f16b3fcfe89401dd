import type { EpochMs, EventData, IncidentEvent } from '@portcullis/contracts'

import { escalationDueAt } from '../escalation/due-time.ts'
import type { EscalationContext } from '../escalation/step.ts'
import type { IncidentState, OpenIncident } from './state.ts'

// What commands, alarms and timers have in common: the events that more than one of them leads to.

/** What a decision may depend on, beside the incident. */
export interface IncidentContext extends EscalationContext {
  /** Names of the channels that hear of incidents, each once. */
  readonly channels: readonly string[]
}

type Escalated = Extract<IncidentEvent, { type: 'incident.escalated' }>
type OpeningCause = Omit<
  EventData<'incident.opened'>,
  'opening' | 'firstSeen' | 'nextDueAt' | 'notify'
>

/** Returns the next opening of an incident that is resolved or was never there; it begins now. */
export function openingOf(
  incident: IncidentState | undefined,
  cause: OpeningCause,
  { now, settings, channels }: IncidentContext,
): IncidentEvent {
  const begun = { escalationLevel: 0, firstSeen: now, escalatedAt: null, snoozedUntil: null }
  return {
    type: 'incident.opened',
    data: {
      ...cause,
      opening: (incident?.opening ?? 0) + 1,
      firstSeen: now,
      nextDueAt: escalationDueAt({ ...begun, severity: cause.severity }, settings),
      notify: [...channels],
    },
  }
}

/** Returns the event that raises an open incident by one level now. */
export function escalationOf(
  incident: OpenIncident,
  { now, settings, channels }: IncidentContext,
): Escalated {
  const escalationLevel = incident.escalationLevel + 1
  const after = { ...incident, escalationLevel, escalatedAt: now }
  const nextDueAt = escalationDueAt(after, settings)
  return {
    type: 'incident.escalated',
    data: { level: escalationLevel, escalatedAt: now, nextDueAt, notify: [...channels] },
  }
}

/** Returns the due time by the formula for an open incident, null for any other. */
export function dueAtWhileOpen(
  incident: IncidentState,
  { settings }: IncidentContext,
): EpochMs | null {
  return incident.status === 'open' ? escalationDueAt(incident, settings) : null
}
