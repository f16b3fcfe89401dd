import {
  BUCKET_MS,
  type EnvironmentName,
  type EpochMs,
  type Given,
  type GivenCanary,
  type IncidentId,
  plusMs,
  type RouteName,
  type ServiceName,
  type Slo,
} from '@portcullis/contracts'

import { evaluateRoute } from '../../alarm/evaluate.ts'
import { DEFAULT_ALARM_RULES } from '../../alarm/rules.ts'
import { DEFAULT_SLO_SETTINGS } from '../../slo/targets.ts'
import { dispersionOf } from '../../statistics/dispersion.ts'
import { foldRatio, NO_RATIO_EVIDENCE, type RatioEvidence } from '../../statistics/rate-ratio.ts'
import type { GuardIncident, RouteHealth } from '../../verdict/inputs.ts'
import { minuteOf, routesOf, type ServiceWindow } from '../../window/service-window.ts'
import type {
  ActiveFreeze,
  BudgetFacts,
  CanaryComparison,
  CanaryFacts,
  CanaryMeasure,
  RuleFacts,
} from '../facts.ts'
import { matchesPattern } from '../pattern.ts'
import { routeCells } from '../rules/route-cells.ts'
import { periodMsOf } from '../slo-period.ts'
import { givenWindow, loadInBucket } from './given-window.ts'

/** Returns the facts that a case gives. Alarms are judged by the default rules and targets. */
export function givenFacts(given: Given, slos: readonly Slo[]): RuleFacts {
  const { service, environment, at } = given
  const window = givenWindow(given.traffic, at)
  return {
    service,
    environment,
    asOf: at,
    window,
    routes: healthsOf(window, { service, environment, at }),
    incidents: given.incidents.map((one, nth) => incidentOf(one, { given, nth })),
    budgetOf: (name) =>
      budgetOf(
        given.budgets[name],
        slos.find((slo) => slo.metadata.name === name),
      ),
    before: (_agoMs, windowMs) =>
      given.before.length === 0
        ? null
        : routeCells(givenWindow(given.before, at), at, { windowMs, routes: undefined }),
    canaryOf: ({ harmfulRatio }) => canaryOf(given.canary, harmfulRatio),
    freezes: given.freezes.map(({ name, reason }): ActiveFreeze => ({
      name,
      reason,
      until: plusMs(at, 1),
    })),
    approvals: given.approvals.map(({ role, ago }) => ({ role, at: plusMs(at, -ago) })),
    routesOf: (pattern) =>
      Object.entries(given.dependencies).flatMap(([name, traffic]) => {
        if (!matchesPattern(pattern, name)) return []
        const scope = { service: name as ServiceName, environment, at }
        return healthsOf(givenWindow(traffic, at), scope)
      }),
    passingSince: given.healthyFor === undefined ? null : plusMs(at, -given.healthyFor),
  }
}

/** Whose routes are judged, and when. */
interface JudgedScope {
  readonly service: ServiceName
  readonly environment: EnvironmentName
  readonly at: EpochMs
}

/** Returns the health of every route of a window's last minute, by the default rules and targets. */
export function healthsOf(
  window: ServiceWindow,
  { service, environment, at }: JudgedScope,
): RouteHealth[] {
  const judged = { rules: DEFAULT_ALARM_RULES, targets: DEFAULT_SLO_SETTINGS.targets }
  return [...routesOf(window, at)].map((route) => ({
    scope: { service, environment, route },
    evaluation: evaluateRoute(minuteOf(window, route, at), judged, at),
  }))
}

function incidentOf(
  one: Given['incidents'][number],
  { given, nth }: { readonly given: Given; readonly nth: number },
): GuardIncident {
  const { service, environment, at } = given
  return {
    id: `00000000-0000-8000-8000-${String(nth).padStart(12, '0')}` as IncidentId,
    scope: { service, environment, route: one.route, kind: one.kind },
    status: one.acknowledged ? 'acknowledged' : 'open',
    severity: one.severity,
    escalationLevel: one.level,
    firstSeen: plusMs(at, -one.openFor),
  }
}

/** So many requests that any burn rate comes out to a few digits. */
const REQUESTS = 1_000_000_000

function budgetOf(
  given: Given['budgets'][keyof Given['budgets']] | undefined,
  slo: Slo | undefined,
): BudgetFacts | null {
  if (given === undefined || slo === undefined) return null
  const { objective, period } = slo.spec
  const { burnRate, remaining } = given
  const counts = (badShare: number) => ({ bad: Math.round(REQUESTS * badShare), total: REQUESTS })
  return {
    objective,
    periodMs: periodMsOf(period),
    period: counts((1 - remaining) * (1 - objective)),
    countsOver: (windowMs) => {
      const rate = typeof burnRate === 'number' ? burnRate : (burnRate[windowMs] ?? 0)
      return counts(Math.min(1, rate * (1 - objective)))
    },
  }
}

function canaryOf(given: readonly GivenCanary[], harmfulRatio: number): CanaryFacts | null {
  if (given.length === 0) return null
  const byRoute = new Map<RouteName, Record<CanaryMeasure, CanaryComparison>>()
  for (const one of given) {
    byRoute.set(one.route, {
      errors: comparisonOf(one, { bad: 'errors', harmfulRatio }),
      latency: comparisonOf(one, { bad: 'slow', harmfulRatio }),
    })
  }
  return { comparisons: byRoute.size * 2, byRoute }
}

function comparisonOf(
  { for: lastsMs, canary, baseline }: GivenCanary,
  { bad, harmfulRatio }: { readonly bad: 'errors' | 'slow'; readonly harmfulRatio: number },
): CanaryComparison {
  const buckets = Math.round(lastsMs / BUCKET_MS)
  const armOf = (load: GivenCanary['canary'], nth: number) => {
    const counts = loadInBucket(load, nth)
    return { requests: counts.requests, errors: counts[bad] }
  }
  const arms = Array.from({ length: buckets }, (_, nth) => ({
    canary: armOf(canary, nth),
    baseline: armOf(baseline, nth),
  }))
  const dispersion = dispersionOf(arms.map((arm) => arm.baseline.errors))
  const test = { harmfulRatio, dispersion }
  const sum = (side: 'canary' | 'baseline') =>
    arms.reduce(
      (total, arm) => ({
        requests: total.requests + arm[side].requests,
        errors: total.errors + arm[side].errors,
      }),
      { requests: 0, errors: 0 },
    )
  return {
    canary: sum('canary'),
    baseline: sum('baseline'),
    dispersion,
    evidence: arms.reduce<RatioEvidence>(
      (evidence, arm) => foldRatio(evidence, arm, test),
      NO_RATIO_EVIDENCE,
    ),
  }
}
