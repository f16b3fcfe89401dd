import type {
  EnvironmentName,
  EpochMs,
  Heads,
  LogPosition,
  Outcome,
  ServiceName,
  VersionName,
} from '@portcullis/contracts'

import { blocks } from '../policy/evaluate-policy.ts'
import type { DefaultRules } from './default-rules.ts'
import { type Finding, inOrder, isUndecided } from './finding.ts'
import { govern, type Governed, type PolicyVerdict } from './govern.ts'
import { findInIncident } from './incident-findings.ts'
import type { StaleFact, VerdictInputs } from './inputs.ts'
import { needOf } from './need.ts'
import { findByPolicy } from './policy-findings.ts'
import { concerns, type GuardParameters, type GuardQuestion, servicesAsked } from './question.ts'
import { findInRoute, type Findings } from './route-findings.ts'
import type { RouteHealth } from './route-health.ts'
import { waive, type WaivedFinding } from './waive.ts'

/** The answer to a question, by the names under which it is shown. Instants are epoch milliseconds. */
export interface Verdict {
  readonly service: ServiceName | null
  readonly env: EnvironmentName
  readonly version: VersionName | null
  readonly release: string | null
  readonly guard: GuardParameters
  readonly outcome: Outcome
  readonly pass: boolean
  readonly violations: readonly Finding[]
  readonly warnings: readonly Finding[]
  /** What would block, and is let through by a waiver. */
  readonly waived: readonly WaivedFinding[]
  /** What would turn it green, in words. */
  readonly needs: readonly string[]
  /** When it could pass at the earliest if from now on all were well (`opensAt`); null where that is not known. */
  readonly opens_at: EpochMs | null
  /** What every policy says that selects it. Empty: the default policy decided. */
  readonly policies: readonly PolicyVerdict[]
  /** What the default policy looked at, where an explanation was asked for (`explainDefault`). */
  readonly default_rules?: readonly DefaultRules[]
  /** Position of the log that it was answered from: that of `heads`. */
  readonly position: LogPosition | null
  readonly heads: Heads | null
  readonly as_of: EpochMs
  readonly freshness_ms: number | null
}

/**
 * Answers a question as of an instant: a function of its arguments alone, whatever their order.
 *
 * Policies decide for the services that an enforced one selects, all of them together, and the default policy
 * for all others.
 *
 * `outcome` is what is known, and `pass` what follows from it:
 * - `fail` when a route, an incident or a rule blocks. What is known is enough for that, stale or not.
 * - `undecided` when nothing fails, and something could not be told: data are stale, or a rule needs more. It
 *   passes only where a policy says that it shall.
 * - `pass` otherwise; by the default policy also when no route had enough requests. To release what nobody uses is
 *   no risk that waiting would lessen; the warning `no_data` says that nothing was looked at.
 */
export function verdict(inputs: VerdictInputs, question: GuardQuestion, asOf: EpochMs): Verdict {
  const { guard, service, environment, version, release } = question
  const { findings, governed } = findAll(inputs, question, asOf)
  const { standing, waived } = waive(inOrder(findings.violations), inputs.waivers, question)
  return {
    service,
    env: environment,
    version,
    release,
    guard,
    outcome: outcomeOf(standing, governed, findings.warnings),
    pass: standing.length === 0,
    violations: standing,
    warnings: inOrder(findings.warnings),
    waived,
    needs: [...new Set(standing.map(needOf))],
    opens_at: null,
    policies: governed.verdicts,
    position: inputs.heads?.log ?? null,
    heads: inputs.heads,
    as_of: asOf,
    freshness_ms: inputs.freshnessMs,
  }
}

/** Returns the verdict's `pass` and nothing else, in a fraction of the time where much is found. */
export function passes(inputs: VerdictInputs, question: GuardQuestion, asOf: EpochMs): boolean {
  const { violations } = findAll(inputs, question, asOf).findings
  return waive(violations, inputs.waivers, question).standing.length === 0
}

/** Finds all that blocks or warns, in no particular order. */
function findAll(
  inputs: VerdictInputs,
  question: GuardQuestion,
  asOf: EpochMs,
): { readonly findings: Findings; readonly governed: Governed } {
  const findings: Findings = { violations: [], warnings: [] }
  const governed = govern(inputs.governance, question, asOf)
  const stale = inputs.stale.filter((fact) => concerns(fact, question))
  for (const fact of stale) findStale(fact, { governed, question }, findings)
  findByDefault(inputs, { governed, question, asOf }, findings)
  findFreezes(inputs.governance, { governed, question, asOf }, findings)
  for (const one of governed.verdicts) findByPolicy(one, findings)
  return { findings, governed }
}

/** Freezes hold back whatever no policy decides about; a policy says so by its rule. */
function findFreezes(
  governance: VerdictInputs['governance'],
  { governed, question, asOf }: Asked & { readonly asOf: EpochMs },
  { violations }: Findings,
): void {
  if (governance === null) return
  for (const service of servicesAsked(question, governance)) {
    if (governed.services.has(service)) continue
    for (const { name, reason: freeze_reason, until } of governance.freezesAt(service, asOf)) {
      const evidence = { freeze: name, freeze_reason, until: new Date(until).toISOString() }
      violations.push({ reason: 'freeze', service, route: null, evidence })
    }
  }
}

/** What is asked, and for whom policies decide. */
interface Asked {
  readonly governed: Governed
  readonly question: GuardQuestion
}

/** What the default policy says of services for which no other one is enforced. */
function findByDefault(
  inputs: VerdictInputs,
  { governed, question, asOf }: Asked & { readonly asOf: EpochMs },
  findings: Findings,
): void {
  const { guard, service } = question
  const isMine = ({ service: of }: { readonly service: ServiceName }): boolean =>
    !governed.services.has(of)
  const routes = isGovernedWhole(inputs.governance, { governed, question })
    ? []
    : inputs.routes.filter(({ scope }) => concerns(scope, question) && isMine(scope))
  for (const health of routes) findInRoute(health, guard, findings)
  const isAsked =
    service === null ? governed.services.size === 0 || routes.length > 0 : isMine({ service })
  if (inputs.heads !== null && isAsked) findings.warnings.push(...silences(routes, question))
  for (const incident of inputs.incidents) {
    if (!concerns(incident.scope, question) || !isMine(incident.scope)) continue
    findInIncident(incident, { guard, asOf }, findings)
  }
}

/** Whether policies are enforced for all that is asked about. */
function isGovernedWhole(
  governance: VerdictInputs['governance'],
  { governed: { services }, question }: Asked,
): boolean {
  if (governance === null || services.size === 0) return false
  return servicesAsked(question, governance).every((one) => services.has(one))
}

/** Stale data block, unless every policy that is enforced lets through what it cannot tell. */
function findStale(
  { cause, service, evidence }: StaleFact,
  { governed, question }: Asked,
  { violations, warnings }: Findings,
): void {
  const concerned = governed.verdicts.filter(
    (one) => one.mode === 'enforce' && (service === null || one.service === service),
  )
  const isPassed =
    question.service !== null &&
    concerned.length > 0 &&
    concerned.every((one) => !blocks('undecided', one.on_undecided))
  const list = isPassed ? warnings : violations
  list.push({ reason: 'stale_data', service, route: null, evidence: { cause, ...evidence } })
}

/** A warning for each service whose routes all had too few requests, or one where there is no route. */
function silences(routes: readonly RouteHealth[], { service, guard }: GuardQuestion): Finding[] {
  const seen = new Map<ServiceName | null, { routes: number; samples: number; looked: number }>()
  if (routes.length === 0) seen.set(service, { routes: 0, samples: 0, looked: 0 })
  for (const { scope, evaluation } of routes) {
    const { count } = evaluation.figures
    const sum = seen.get(scope.service) ?? { routes: 0, samples: 0, looked: 0 }
    sum.routes += 1
    sum.samples += count
    if (count >= guard.min_samples) sum.looked += 1
    seen.set(scope.service, sum)
  }
  return [...seen].flatMap(([name, sum]): Finding[] => {
    if (sum.looked > 0) return []
    const evidence = { routes: sum.routes, samples_1m: sum.samples, min_samples: guard.min_samples }
    return [{ reason: 'no_data', service: name, route: null, evidence }]
  })
}

/**
 * What is known, after waivers. What a policy lets through although it cannot tell stays undecided, and so do stale data.
 */
function outcomeOf(
  standing: readonly Finding[],
  { verdicts }: Governed,
  warnings: readonly Finding[],
): Outcome {
  if (standing.some(({ reason }) => !isUndecided(reason))) return 'fail'
  const isPassedOpen =
    warnings.some(({ reason }) => reason === 'stale_data') ||
    verdicts.some(({ mode, outcome, pass }) => mode === 'enforce' && pass && outcome !== 'pass')
  return standing.length > 0 || isPassedOpen ? 'undecided' : 'pass'
}
