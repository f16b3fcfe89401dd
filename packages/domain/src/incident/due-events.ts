import type { IncidentEdit, IncidentEvent } from '@portcullis/contracts'

/**
 * Events of incidents that say nothing new of when the next escalation is due: they carry the due time
 * on, or have none. (A refresh that makes the incident worse does move it; but to where the formula
 * wants it, which is what reconsidering an edit before it comes to as well.)
 */
export const PASSING_EVENTS: readonly IncidentEvent['type'][] = [
  'incident.refreshed',
  'incident.assigned',
  'incident.commented',
]

/**
 * Columns on which the due time depends, and itself. An edit by SQL of any other one (the owner, metadata) leaves
 * the due time as it is, also one that SQL wrote before.
 */
const DUE_COLUMNS: readonly (keyof IncidentEdit)[] = [
  'status',
  'severity',
  'escalationLevel',
  'firstSeen',
  'escalatedAt',
  'nextDueAt',
]

/** Which events of a stream say when the next escalation is due, as a question to the log. */
export const DUE_EVENTS = {
  except: PASSING_EVENTS,
  where: { type: 'incident.edited', member: 'after', keys: DUE_COLUMNS },
} as const

/** Whether an event says when the next escalation is due: the same as `DUE_EVENTS`. */
export function saysWhenDue(event: IncidentEvent): boolean {
  if (event.type !== 'incident.edited') return !PASSING_EVENTS.includes(event.type)
  return DUE_COLUMNS.some((column) => column in event.data.after)
}
