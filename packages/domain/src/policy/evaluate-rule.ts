import type {
  OnUndecided,
  Outcome,
  ReleasePolicy,
  Rule,
  RuleMode,
  RuleType,
} from '@portcullis/contracts'

import type { RuleFacts } from './facts.ts'
import { ruleNameOf } from './rule-name.ts'
import { type RuleFinding, statusOf } from './rule-result.ts'
import { judgeAlarms, judgeDependencies } from './rules/alarm.ts'
import { judgeBurnRate, judgeErrorBudget } from './rules/budgets.ts'
import { judgeCanary } from './rules/canary.ts'
import { judgeErrorRate } from './rules/error-rate.ts'
import { judgeIncidents } from './rules/incident.ts'
import { judgeLatency } from './rules/latency.ts'
import { judgeRegression } from './rules/regression.ts'
import { judgeApprovals, judgeFreezes, judgeHealthyFor } from './rules/release-conditions.ts'
import { judgeTraffic } from './rules/traffic.ts'

/** What a rule of a policy says. */
export interface RuleResult {
  readonly rule: string
  readonly type: RuleType
  readonly mode: RuleMode
  readonly onUndecided: OnUndecided
  readonly status: Outcome
  /** Everything that was looked at; what passed as well. */
  readonly findings: readonly RuleFinding[]
}

/** Evaluates a rule: a function of its arguments alone. What it does not say itself is as its policy says. */
export function evaluateRule(
  rule: Rule,
  { mode, onUndecided }: Pick<ReleasePolicy['spec'], 'mode' | 'onUndecided'>,
  facts: RuleFacts,
): RuleResult {
  const findings = judge(rule, facts)
  return {
    rule: ruleNameOf(rule),
    type: rule.type,
    mode: weaker(rule.mode ?? mode, mode),
    onUndecided: rule.onUndecided ?? onUndecided,
    status: statusOf(findings),
    findings,
  }
}

const STRENGTH: Readonly<Record<RuleMode, number>> = { shadow: 0, warn: 1, enforce: 2 }

/** A rule of a policy that is only tried blocks nobody, whatever it says of itself. */
function weaker(a: RuleMode, b: RuleMode): RuleMode {
  return STRENGTH[a] < STRENGTH[b] ? a : b
}

type Judges = {
  readonly [Type in RuleType]: (
    rule: Extract<Rule, { type: Type }>,
    facts: RuleFacts,
  ) => RuleFinding[]
}

const JUDGES: Judges = {
  error_rate: judgeErrorRate,
  latency: judgeLatency,
  burn_rate: judgeBurnRate,
  error_budget: judgeErrorBudget,
  alarm: judgeAlarms,
  incident: judgeIncidents,
  regression: judgeRegression,
  canary: judgeCanary,
  traffic: judgeTraffic,
  healthy_for: judgeHealthyFor,
  freeze: (_rule, facts) => judgeFreezes(facts),
  dependency: judgeDependencies,
  approval: judgeApprovals,
}

function judge(rule: Rule, facts: RuleFacts): RuleFinding[] {
  // Each judge stands under the type of the rules that it takes, which the compiler cannot follow here.
  const one: (rule: never, facts: RuleFacts) => RuleFinding[] = JUDGES[rule.type]
  return one(rule as never, facts)
}
