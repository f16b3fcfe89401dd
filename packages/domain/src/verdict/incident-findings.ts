import { type EpochMs, incidentKeyOf, MINUTE_MS } from '@portcullis/contracts'

import type { Finding } from './finding.ts'
import type { GuardIncident } from './inputs.ts'
import type { GuardParameters } from './question.ts'
import type { Findings } from './route-findings.ts'

/**
 * Adds what an incident says. Only those that nobody took over count: acknowledged ones never do.
 *
 * Critical ones block, and warning ones where that is asked for, under the same two conditions: from
 * `min_esc_level` on, and when they were first seen within the lookback. A critical one that has
 * left the lookback is named as a warning, whatever its level: it still waits for somebody.
 */
export function findInIncident(
  incident: GuardIncident,
  { guard, asOf }: { readonly guard: GuardParameters; readonly asOf: EpochMs },
  { violations, warnings }: Findings,
): void {
  const { status, severity, escalationLevel, firstSeen } = incident
  if (status !== 'open') return
  if (severity === 'warning' && !guard.include_warning) return
  if (firstSeen < asOf - guard.lookback_min * MINUTE_MS) {
    if (severity === 'critical') warnings.push(findingOf(incident, 'incident_outside_lookback'))
    return
  }
  if (escalationLevel >= guard.min_esc_level) violations.push(findingOf(incident, 'incident_open'))
}

function findingOf(
  { id, scope, severity, escalationLevel, firstSeen }: GuardIncident,
  reason: 'incident_open' | 'incident_outside_lookback',
): Finding {
  return {
    reason,
    service: scope.service,
    route: scope.route,
    evidence: {
      incident_id: id,
      incident_key: incidentKeyOf(scope),
      kind: scope.kind,
      severity,
      escalation_level: escalationLevel,
      first_seen: new Date(firstSeen).toISOString(),
    },
  }
}
