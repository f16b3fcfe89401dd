import { incidentKeyOf, type Rule } from '@portcullis/contracts'

import type { GuardIncident } from '../../verdict/inputs.ts'
import type { RuleFacts } from '../facts.ts'
import type { RuleFinding } from '../rule-result.ts'
import { selectsRoute } from '../selects.ts'
import { isAtLeast } from './alarm.ts'

type IncidentRule = Extract<Rule, { type: 'incident' }>

/** Judges whether an incident waits for somebody; what is acknowledged counts where the rule says so. */
export function judgeIncidents(rule: IncidentRule, { incidents, asOf }: RuleFacts): RuleFinding[] {
  const { severity, minLevel, firstSeenWithin = Infinity, acknowledged, routes } = rule
  const counts = ({ status, ...incident }: GuardIncident): boolean =>
    (status === 'open' || (status === 'acknowledged' && acknowledged === 'block')) &&
    isAtLeast(incident.severity, severity) &&
    incident.escalationLevel >= minLevel &&
    asOf - incident.firstSeen <= firstSeenWithin &&
    selectsRoute(routes, incident.scope.route)
  const found = incidents.filter(counts).toSorted(byKey).map(findingOf)
  return found.length > 0
    ? found
    : [{ route: null, status: 'pass', evidence: { incidents: 0, severity } }]
}

function byKey({ scope: a }: GuardIncident, { scope: b }: GuardIncident): number {
  return incidentKeyOf(a) < incidentKeyOf(b) ? -1 : 1
}

function findingOf({
  id,
  scope,
  status,
  severity,
  escalationLevel,
  firstSeen,
}: GuardIncident): RuleFinding {
  return {
    route: scope.route,
    status: 'fail',
    need: `incident ${incidentKeyOf(scope)} ${status === 'open' ? 'acknowledged or ' : ''}resolved`,
    evidence: {
      incident_id: id,
      incident_key: incidentKeyOf(scope),
      status,
      severity,
      escalation_level: escalationLevel,
      first_seen: new Date(firstSeen).toISOString(),
    },
  }
}
