import type { Evidence, RouteName, ServiceName } from '@portcullis/contracts'

import {
  blocksByDefault,
  type DefaultLook,
  type DefaultRule,
  type DefaultRules,
} from './default-rules.ts'
import { DEFAULT_REASONS, type DefaultReason, type Finding, isUndecided } from './finding.ts'
import type { VerdictInputs } from './inputs.ts'
import { concerns, type GuardQuestion, servicesAsked } from './question.ts'
import { type Measure, ROUTE_MEASURES } from './route-measures.ts'
import type { Verdict } from './verdict.ts'

/**
 * Returns what the default policy looked at for a verdict, of every service that it decides for: what each of its rules
 * found, waived or not, and else what came nearest to it. Nothing is decided here: what was found is what the verdict says.
 */
export function explainDefault(
  inputs: VerdictInputs,
  question: GuardQuestion,
  { violations, waived, warnings, policies }: Verdict,
): readonly DefaultRules[] {
  const enforced = policies.filter(({ mode }) => mode === 'enforce')
  const governed = new Set(enforced.map(({ service }) => service))
  const found = [...violations, ...waived, ...warnings].filter(({ policy }) => policy === undefined)
  return servicesOf(inputs, question)
    .filter((service) => !governed.has(service))
    .map((service) => {
      const seen = seenOf(inputs, { ...question, service })
      const rules = DEFAULT_REASONS.map((rule) => {
        const mine = found.filter((one) => one.reason === rule && isOf(one, service))
        return ruleOf(rule, mine, seen)
      })
      return { service, rules }
    })
}

function isOf({ service: of }: Finding, service: ServiceName): boolean {
  return of === null || of === service
}

/** The services of a question, by name: those that anything is known of where all are asked for. */
function servicesOf(
  { routes, incidents, governance }: VerdictInputs,
  question: GuardQuestion,
): readonly ServiceName[] {
  const scopes = [...routes, ...incidents].map(({ scope }) => scope)
  const seen = scopes.filter((scope) => concerns(scope, question)).map(({ service }) => service)
  const services = [...new Set([...seen, ...(governance?.services ?? [])])].toSorted()
  return servicesAsked(question, { services })
}

/** What is known of one service. */
interface Seen extends Pick<VerdictInputs, 'routes' | 'incidents'> {
  readonly guard: GuardQuestion['guard']
}

function seenOf({ routes, incidents }: VerdictInputs, asked: GuardQuestion): Seen {
  const { guard } = asked
  return {
    guard,
    // As few requests as are too few for the default policy say nothing here either.
    routes: routes.filter(
      ({ scope, evaluation }) =>
        concerns(scope, asked) && evaluation.figures.count >= guard.min_samples,
    ),
    incidents: incidents.filter(({ scope, status }) => concerns(scope, asked) && status === 'open'),
  }
}

function ruleOf(rule: DefaultReason, found: readonly Finding[], seen: Seen): DefaultRule {
  const mode = blocksByDefault(rule, seen.guard) ? 'enforce' : 'warn'
  const measures = measuresOf(rule, seen)
  if (found.length === 0) {
    return { rule, mode, status: 'pass', findings: [nearest(rule, measures, seen)] }
  }
  const status = isUndecided(rule) ? 'undecided' : 'fail'
  const findings = found.map(({ route, evidence }): DefaultLook => {
    const measure = measures.find(
      (one) => one.route === route && one.evidence['kind'] === evidence['kind'],
    )
    return { route, status, evidence: { ...measure?.evidence, ...evidence } }
  })
  return { rule, mode, status, findings }
}

interface RouteMeasure extends Measure {
  readonly route: RouteName
}

function measuresOf(rule: DefaultReason, { routes, guard }: Seen): readonly RouteMeasure[] {
  const measure = ROUTE_MEASURES[rule]
  if (measure === undefined) return []
  return routes.flatMap(({ scope: { route }, evaluation }) =>
    measure(evaluation, guard).map((one) => ({ route, ...one })),
  )
}

/** What came nearest to what a rule looks for, or how much there was to look at. */
function nearest(rule: DefaultReason, measures: readonly RouteMeasure[], seen: Seen): DefaultLook {
  const [first] = measures.toSorted((a, b) => b.reached - a.reached || (a.route < b.route ? -1 : 1))
  if (first !== undefined) return { route: first.route, status: 'pass', evidence: first.evidence }
  return { route: null, status: 'pass', evidence: lookedAt(rule, seen) }
}

function lookedAt(rule: DefaultReason, { routes, incidents, guard }: Seen): Evidence {
  const { lookback_min, min_esc_level, min_samples } = guard
  if (rule === 'stale_data') return { causes: 0 }
  if (rule === 'freeze') return { freezes: 0 }
  if (rule === 'incident_open') return { incidents: incidents.length, min_esc_level, lookback_min }
  if (rule === 'incident_outside_lookback') return { incidents: incidents.length, lookback_min }
  return { routes: routes.length, min_samples }
}
