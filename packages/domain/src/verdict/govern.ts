import type {
  EpochMs,
  OnUndecided,
  Outcome,
  PolicyName,
  PolicyVersion,
  RuleMode,
  ServiceName,
} from '@portcullis/contracts'

import { evaluatePolicy } from '../policy/evaluate-policy.ts'
import type { RuleResult } from '../policy/evaluate-rule.ts'
import { selects } from '../policy/selects.ts'
import type { AppliedReleasePolicy, Governance } from './inputs.ts'
import { type GuardQuestion, servicesAsked } from './question.ts'

/** What one policy says of one service. */
export interface PolicyVerdict {
  readonly service: ServiceName
  readonly policy: PolicyName
  readonly version: PolicyVersion
  readonly mode: RuleMode
  readonly on_undecided: OnUndecided
  readonly outcome: Outcome
  readonly pass: boolean
  readonly rules: readonly RuleResult[]
}

/** What policies say of the services that they select. */
export interface Governed {
  readonly verdicts: readonly PolicyVerdict[]
  /** Services for which a policy is enforced: the default policy says nothing of them. */
  readonly services: ReadonlySet<ServiceName>
}

const NOTHING: Governed = { verdicts: [], services: new Set() }

/**
 * Evaluates every policy for each service that it selects, by service and then in the order of their names. A policy
 * that warns, or is tried, leaves the default policy in charge.
 */
export function govern(
  governance: Governance | null,
  question: Pick<GuardQuestion, 'service' | 'environment'>,
  asOf: EpochMs,
): Governed {
  if (governance === null) return NOTHING
  const { environment } = question
  const services = servicesAsked(question, governance).toSorted()
  const verdicts = services.flatMap((one) => {
    const release = { service: one, environment, labels: governance.labelsOf(one) }
    return governance.policies
      .filter(({ document }) => selects(document.spec.selector, release, asOf))
      .map((policy) => verdictOf(policy, one, governance))
  })
  const enforced = verdicts.filter(({ mode }) => mode === 'enforce')
  return { verdicts, services: new Set(enforced.map((one) => one.service)) }
}

function verdictOf(
  applied: AppliedReleasePolicy,
  service: ServiceName,
  { factsOf }: Governance,
): PolicyVerdict {
  const { name: policy, version, document } = applied
  const { mode, onUndecided } = document.spec
  const common = { service, policy, version, mode, on_undecided: onUndecided }
  const facts = factsOf(service, applied)
  if (facts === null) {
    return { ...common, outcome: 'undecided', pass: onUndecided === 'pass', rules: [] }
  }
  const { outcome, pass, rules } = evaluatePolicy(document, facts)
  return { ...common, outcome, pass, rules }
}
