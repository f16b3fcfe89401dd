import {
  type EnvironmentName,
  type EpochMs,
  type Given,
  type IncidentId,
  plusMs,
  type ServiceName,
  type Slo,
} from '@portcullis/contracts'

import { DEFAULT_ALARM_RULES } from '../../alarm/rules.ts'
import { canaryFactsOf } from '../../canary/facts.ts'
import { DEFAULT_SLO_SETTINGS } from '../../slo/targets.ts'
import type { GuardIncident } from '../../verdict/inputs.ts'
import { type RouteHealth, routeHealthOf } from '../../verdict/route-health.ts'
import { minuteOf, routesOf, type ServiceWindow } from '../../window/service-window.ts'
import { windowCells } from '../../window/window-cells.ts'
import type { ActiveFreeze, BudgetFacts, RuleFacts } from '../facts.ts'
import { matchesPattern } from '../pattern.ts'
import { periodMsOf } from '../slo-period.ts'
import { givenCanary } from './given-canary.ts'
import { givenWindow } from './given-window.ts'

/** Returns the facts that a case gives. Alarms are judged by the default rules and targets. */
export function givenFacts(given: Given, slos: readonly Slo[]): RuleFacts {
  const { service, environment, at } = given
  const window = givenWindow(given.traffic, at)
  const canary = givenCanary(given.canary, at)
  return {
    service,
    environment,
    asOf: at,
    cellsOver: (windowMs) => windowCells(window, at, windowMs),
    routes: healthsOf(window, { service, environment, at }),
    incidents: given.incidents.map((one, nth) => incidentOf(one, { given, nth })),
    budgetOf: (name) =>
      budgetOf(
        given.budgets[name],
        slos.find((slo) => slo.metadata.name === name),
      ),
    before: (_agoMs, windowMs) =>
      given.before.length === 0 ? null : windowCells(givenWindow(given.before, at), at, windowMs),
    isFinished: false,
    canaryOf: (test) => canaryFactsOf(canary, at, test),
    freezesAt: () => given.freezes.map((one): ActiveFreeze => ({ ...one, until: plusMs(at, 1) })),
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
  return [...routesOf(window, at)].map((route) =>
    routeHealthOf(
      { service, environment, route },
      { minute: minuteOf(window, route, at), judged },
      at,
    ),
  )
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
  const facts: BudgetFacts = {
    objective,
    periodMs: periodMsOf(period),
    period: counts((1 - remaining) * (1 - objective)),
    countsOver: (windowMs) => {
      const rate = typeof burnRate === 'number' ? burnRate : (burnRate[windowMs] ?? 0)
      return counts(Math.min(1, rate * (1 - objective)))
    },
    // A case tells of one instant.
    at: () => facts,
  }
  return facts
}
