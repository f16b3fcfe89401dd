import { ROUTE_ALARM_KINDS } from '@portcullis/contracts'

import { blocksByDefault } from './default-rules.ts'
import type { Finding } from './finding.ts'
import type { GuardParameters } from './question.ts'
import type { RouteHealth } from './route-health.ts'

/** What blocks, and what is only worth telling. */
export interface Findings {
  readonly violations: Finding[]
  readonly warnings: Finding[]
}

/**
 * Adds what a route's last minute says. Alarms are judged anew from the window, never read from a
 * table: what was committed before the question is in the answer. A route with few requests says
 * nothing. An alarm that may not block warns.
 */
export function findInRoute(
  { scope: { service, route }, evaluation }: RouteHealth,
  guard: GuardParameters,
  { violations, warnings }: Findings,
): void {
  const { alarms, figures } = evaluation
  if (figures.count < guard.min_samples) return
  if (isCritical(alarms.error_rate)) {
    const { evidence } = alarms.error_rate
    violations.push({ reason: 'error_rate_critical', service, route, evidence })
  }
  if (figures.err_rate !== null && figures.err_rate >= guard.hard_error_pct) {
    const evidence = {
      err_rate_1m: figures.err_rate,
      samples_1m: figures.count,
      hard_error_pct: guard.hard_error_pct,
    }
    violations.push({ reason: 'hard_error_threshold', service, route, evidence })
  }
  if (alarms.slo_violation.status === 'firing') {
    const { evidence } = alarms.slo_violation
    violations.push({ reason: 'slo_violation', service, route, evidence })
  }
  if (isCritical(alarms.p95_regress)) {
    const { evidence } = alarms.p95_regress
    const list = blocksByDefault('p95_regression_critical', guard) ? violations : warnings
    list.push({ reason: 'p95_regression_critical', service, route, evidence })
  }
  for (const kind of ROUTE_ALARM_KINDS) {
    const alarm = alarms[kind]
    if (alarm.status !== 'firing' || alarm.severity !== 'warning') continue
    const list = blocksByDefault('warning_alarm', guard) ? violations : warnings
    list.push({ reason: 'warning_alarm', service, route, evidence: { kind, ...alarm.evidence } })
  }
}

function isCritical(alarm: RouteHealth['evaluation']['alarms']['error_rate']): boolean {
  return alarm.status === 'firing' && alarm.severity === 'critical'
}
