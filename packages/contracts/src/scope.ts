import { z } from 'zod'

import { EnvironmentName, KindName, RouteName, ServiceName } from './ids.ts'

export const Severity = z.enum(['warning', 'critical'])
export type Severity = z.infer<typeof Severity>

/** A route of a service in an environment: what has health. */
export const RouteScope = z.strictObject({
  service: ServiceName,
  environment: EnvironmentName,
  route: RouteName,
})
export type RouteScope = z.infer<typeof RouteScope>

/** What identifies an alarm or an incident within its project. */
export const AlarmScope = RouteScope.extend({ kind: KindName })
export type AlarmScope = z.infer<typeof AlarmScope>

/** The kinds of alarms that the aggregator judges (SEED.md, "Alarms"). */
export const ROUTE_ALARM_KINDS = ['error_rate', 'p95_regress', 'slo_violation'] as const
export type RouteAlarmKind = (typeof ROUTE_ALARM_KINDS)[number]

/** Figures that explain a decision, flat enough to read at a glance. */
export const Evidence = z.record(z.string().max(64), z.json())
export type Evidence = z.infer<typeof Evidence>

/** `route::kind`, as the first system named its incidents. */
export function incidentKeyOf(scope: Pick<AlarmScope, 'route' | 'kind'>): string {
  return `${scope.route}::${scope.kind}`
}
