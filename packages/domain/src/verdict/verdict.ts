import type {
  EnvironmentName,
  EpochMs,
  Heads,
  LogPosition,
  Outcome,
  ServiceName,
  VersionName,
} from '@portcullis/contracts'

import { type Finding, inOrder } from './finding.ts'
import { findInIncident } from './incident-findings.ts'
import type { RouteHealth, StaleFact, VerdictInputs } from './inputs.ts'
import type { GuardParameters, GuardQuestion } from './question.ts'
import { findInRoute, type Findings } from './route-findings.ts'

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
  /** Position of the log that it was answered from: that of `heads`. */
  readonly position: LogPosition | null
  readonly heads: Heads | null
  readonly as_of: EpochMs
  readonly freshness_ms: number | null
}

/**
 * Answers a question as of an instant: a function of its arguments alone, whatever their order.
 *
 * `outcome` is what is known, and `pass` what follows from it:
 * - `fail` when a route or an incident blocks. What is known is enough for that, stale or not.
 * - `undecided`, which does not pass, when the only violations are `stale_data`: something may have
 *   happened that nobody could see yet.
 * - `pass` otherwise, also when no route had enough requests. To release what nobody uses is no risk
 *   that waiting would lessen; the warning `no_data` says that nothing was looked at.
 */
export function verdict(inputs: VerdictInputs, question: GuardQuestion, asOf: EpochMs): Verdict {
  const { guard, service, environment, version, release } = question
  const findings: Findings = { violations: [], warnings: [] }
  for (const fact of inputs.stale) if (concerns(fact, question)) findStale(fact, findings)
  const routes = inputs.routes.filter(({ scope }) => concerns(scope, question))
  for (const health of routes) findInRoute(health, guard, findings)
  if (inputs.heads !== null) findings.warnings.push(...silences(routes, question))
  for (const incident of inputs.incidents) {
    if (concerns(incident.scope, question)) findInIncident(incident, { guard, asOf }, findings)
  }
  const violations = inOrder(findings.violations)
  return {
    service,
    env: environment,
    version,
    release,
    guard,
    outcome: outcomeOf(violations),
    pass: violations.length === 0,
    violations,
    warnings: inOrder(findings.warnings),
    position: inputs.heads?.log ?? null,
    heads: inputs.heads,
    as_of: asOf,
    freshness_ms: inputs.freshnessMs,
  }
}

/** Whether something of a service and environment, or of all where it is null, was asked for. */
function concerns(
  of: Pick<StaleFact, 'service' | 'environment'>,
  asked: Pick<GuardQuestion, 'service' | 'environment'>,
): boolean {
  if (of.environment !== null && of.environment !== asked.environment) return false
  return of.service === null || asked.service === null || of.service === asked.service
}

function findStale({ cause, service, evidence }: StaleFact, { violations }: Findings): void {
  violations.push({
    reason: 'stale_data',
    service,
    route: null,
    evidence: { cause, ...evidence },
  })
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

function outcomeOf(violations: readonly Finding[]): Outcome {
  if (violations.length === 0) return 'pass'
  return violations.every(({ reason }) => reason === 'stale_data') ? 'undecided' : 'fail'
}
