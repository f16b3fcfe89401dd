import type { Rule, Severity } from '@portcullis/contracts'

import type { RouteHealth } from '../../verdict/route-health.ts'
import type { RuleFacts } from '../facts.ts'
import type { RuleFinding } from '../rule-result.ts'
import { selectsRoute } from '../selects.ts'

type AlarmRule = Extract<Rule, { type: 'alarm' }>
type DependencyRule = Extract<Rule, { type: 'dependency' }>

/** Judges whether a route has an alarm. What has too few requests for one has none. */
export function judgeAlarms(
  { severity, kinds, routes }: AlarmRule,
  facts: RuleFacts,
): RuleFinding[] {
  const looked = facts.routes.filter(({ scope }) => selectsRoute(routes, scope.route))
  const firing = looked.flatMap((health) => alarmsOf(health, { severity, kinds }))
  if (firing.length > 0) return firing
  return [{ route: null, status: 'pass', evidence: { routes: looked.length, severity } }]
}

/** Judges whether a service that this one calls has an alarm. */
export function judgeDependencies(
  { services, severity }: DependencyRule,
  facts: RuleFacts,
): RuleFinding[] {
  return services.flatMap((pattern): RuleFinding[] => {
    const looked = facts.routesOf(pattern)
    const firing = looked.flatMap((health) => alarmsOf(health, { severity }))
    if (firing.length > 0) return firing
    const evidence = { dependency: pattern, routes: looked.length, severity }
    return [{ route: null, status: 'pass', evidence }]
  })
}

function alarmsOf(
  { scope, evaluation }: RouteHealth,
  { severity, kinds }: { readonly severity: Severity; readonly kinds?: AlarmRule['kinds'] },
): RuleFinding[] {
  return Object.entries(evaluation.alarms).flatMap(([kind, alarm]): RuleFinding[] => {
    const isMeant = kinds === undefined || kinds.some((one) => one === kind)
    if (!isMeant || alarm.status !== 'firing' || !isAtLeast(alarm.severity, severity)) return []
    const evidence = { service: scope.service, kind, severity: alarm.severity, ...alarm.evidence }
    return [
      { route: scope.route, status: 'fail', need: `no ${alarm.severity} alarm ${kind}`, evidence },
    ]
  })
}

/** Whether one severity is as grave as another one, or graver. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return least === 'warning' || severity === 'critical'
}
