import type { EpochMs, IncidentEvent } from '@portcullis/contracts'

import { escalationDueAt, notTooSoon } from '../escalation/due-time.ts'
import { type EscalationStep, escalationStep } from '../escalation/step.ts'
import { dueAtWhileOpen, escalationOf, type IncidentContext } from './consequences.ts'
import type { IncidentState, OpenIncident } from './state.ts'

/** What a look at an incident's escalation led to. */
export interface TimerDecision {
  readonly events: readonly IncidentEvent[]
  /** What was found; a step that is held back is worth a line in the log. */
  readonly step: EscalationStep
  /** When the timer is to fire again; null when nothing is due until another event says so. */
  readonly lookAgainAt: EpochMs | null
}

/**
 * Decides what an incident's timer does when it fires: raise the level by one, move the due time,
 * or nothing. That it fires twice, early or late is harmless.
 *
 * `newest` is the newest event of the incident's stream that says when it is due
 * (`saysWhenDue`), so that a comment or a refresh between an edit and its look hides nothing.
 * When that is an edit by SQL, the incident is reconsidered: its due time is computed anew from what
 * was written, unless the edit wrote the due time itself, which then holds (null: no escalation).
 * Either way cooldown and snooze are kept, and the row is made to show the instant that holds.
 */
export function decideTimer(
  newest: IncidentEvent,
  incident: IncidentState,
  context: IncidentContext,
): TimerDecision {
  if (incident.status !== 'open') {
    const events = reschedule(incident, null)
    return { events, step: escalationStep(incident, context), lookAgainAt: null }
  }
  const nextDueAt = dueAtAfter(newest, incident, context)
  const step = escalationStep({ ...incident, nextDueAt }, context)
  if (step.step === 'escalate') {
    const escalated = escalationOf(incident, context)
    return { events: [escalated], step, lookAgainAt: escalated.data.nextDueAt }
  }
  const lookAgainAt = step.step === 'none' ? null : step.until
  return { events: reschedule(incident, nextDueAt), step, lookAgainAt }
}

/**
 * Returns the event that moves an incident's due time to where the present settings want it, if
 * that is elsewhere (`recalc`). A due time that SQL wrote gives way to it.
 */
export function decideRecalc(
  incident: IncidentState,
  context: IncidentContext,
): readonly IncidentEvent[] {
  return reschedule(incident, dueAtWhileOpen(incident, context))
}

/** Returns when an incident's timer is to fire: at its next escalation; null when none is due. */
export function incidentTimerAt(incident: IncidentState): EpochMs | null {
  return incident.status === 'open' ? incident.nextDueAt : null
}

function dueAtAfter(
  newest: IncidentEvent,
  incident: OpenIncident,
  { settings }: IncidentContext,
): EpochMs | null {
  if (isEdit(newest) && !hasWrittenDueAt(newest)) return escalationDueAt(incident, settings)
  if (incident.nextDueAt === null) return null
  return notTooSoon(incident.nextDueAt, incident, settings)
}

type Edit = Extract<IncidentEvent, { type: 'incident.edited' | 'incident.inserted' }>

function isEdit(event: IncidentEvent): event is Edit {
  return event.type === 'incident.edited' || event.type === 'incident.inserted'
}

/** An insert always has the column; one that leaves it null leaves the time to the formula. */
function hasWrittenDueAt(edit: Edit): boolean {
  return edit.type === 'incident.edited'
    ? 'nextDueAt' in edit.data.after
    : edit.data.columns.nextDueAt !== null
}

function reschedule(incident: IncidentState, nextDueAt: EpochMs | null): readonly IncidentEvent[] {
  if (nextDueAt === incident.nextDueAt) return []
  return [{ type: 'incident.rescheduled', data: { nextDueAt } }]
}
