import type { GuardIncident } from '@portcullis/domain'

import type { IncidentRow } from '../incidents/model.ts'

/** Returns what a verdict wants to know of an incident. */
export function guardIncident({ id, state }: IncidentRow): GuardIncident {
  const { scope, status, severity, escalationLevel, firstSeen } = state
  return { id, scope, status, severity, escalationLevel, firstSeen }
}
