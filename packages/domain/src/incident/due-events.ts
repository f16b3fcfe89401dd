import type { IncidentEvent } from '@portcullis/contracts'

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
