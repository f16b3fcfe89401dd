import { DURATION_MS_MAX, type ReleasePolicy, type Rule, type Slo } from '@portcullis/contracts'

import { burnRateMax } from '../budget/burn-rate.ts'
import { ruleNameOf } from './rule-name.ts'
import { burnWindowsOf } from './rules/budgets.ts'
import { periodMsOf } from './slo-period.ts'

/** A rule that is well written and could never do what it says. */
export interface LintFinding {
  /** Where in the document. */
  readonly path: readonly (string | number)[]
  /** What is wrong, with the arithmetic. */
  readonly message: string
}

/**
 * Returns what could never work in a policy: limits that nothing can exceed, windows in the wrong order, objectives that are
 * not there, and names that are used twice. `slos` are those that its rules may name.
 */
export function lintPolicy({ spec }: ReleasePolicy, slos: readonly Slo[]): LintFinding[] {
  const byName = new Map(slos.map((slo) => [slo.metadata.name as string, slo]))
  const findings = spec.rules.flatMap((rule, index) =>
    lintRule(rule, byName).map(({ path, message }) => ({
      path: ['spec', 'rules', index, ...path],
      message,
    })),
  )
  return [
    ...findings,
    ...lintNames(spec.rules),
    ...lintHours({ spec }),
    ...lintTogether(spec.rules),
  ]
}

function lintRule(rule: Rule, slos: ReadonlyMap<string, Slo>): LintFinding[] {
  if (rule.type === 'latency') return lintLatency(rule)
  if (rule.type === 'error_rate' && rule.max >= 1) {
    return [{ path: ['max'], message: 'can never be exceeded: no rate is above 100%' }]
  }
  if (rule.type !== 'burn_rate' && rule.type !== 'error_budget') return []
  const slo = slos.get(rule.slo)
  if (slo === undefined) return [unknownSlo(rule.slo)]
  return rule.type === 'burn_rate' ? lintBurnRate(rule, slo) : []
}

function lintLatency({ max, slowerThan }: Extract<Rule, { type: 'latency' }>): LintFinding[] {
  const [name, limitMs] =
    max === undefined ? (['slowerThan', slowerThan!] as const) : (['max', max] as const)
  if (limitMs < DURATION_MS_MAX) return []
  const message = `can never be exceeded: no request is counted with more than ${DURATION_MS_MAX} ms`
  return [{ path: [name], message }]
}

function lintBurnRate(
  { windows }: Extract<Rule, { type: 'burn_rate' }>,
  { spec: { objective, period } }: Slo,
): LintFinding[] {
  const periodMs = periodMsOf(period)
  return windows.flatMap((given, index) => {
    const path = ['windows', index]
    const pair = burnWindowsOf(given, periodMs)
    const findings: LintFinding[] = []
    if (pair.shortMs >= pair.longMs) {
      findings.push({ path: [...path, 'short'], message: 'must be shorter than long' })
    }
    if (pair.longMs > periodMs) {
      findings.push({ path, message: 'looks back further than the period of the objective' })
    }
    const most = burnRateMax(objective)
    if (pair.factor >= most) {
      const factor = rounded(pair.factor)
      findings.push({
        path,
        message:
          `can never fire: it needs a burn rate above ${factor}, and at an objective of ${percent(objective)} ` +
          `the rate is ${rounded(most)} when every request is bad (1 / (1 - ${rounded(objective)}))`,
      })
    }
    return findings
  })
}

function unknownSlo(name: string): LintFinding {
  return { path: ['slo'], message: `is no objective that is known: there is no Slo "${name}"` }
}

/** Verdicts tell of rules by their names. */
function lintNames(rules: readonly Rule[]): LintFinding[] {
  const seen = new Set<string>()
  return rules.flatMap((rule, index) => {
    const name = ruleNameOf(rule)
    if (!seen.has(name)) {
      seen.add(name)
      return []
    }
    const message =
      rule.name === undefined
        ? `needs a name: another rule is called "${name}" already`
        : 'is the name of another rule'
    return [{ path: ['spec', 'rules', index, 'name'], message }]
  })
}

function lintHours({ spec }: Pick<ReleasePolicy, 'spec'>): LintFinding[] {
  return (spec.selector.hours ?? []).flatMap(({ timeZone }, index) => {
    if (isTimeZone(timeZone)) return []
    return [{ path: ['spec', 'selector', 'hours', index, 'timeZone'], message: NO_TIME_ZONE }]
  })
}

export const NO_TIME_ZONE = 'is no time zone that is known here, like Europe/Berlin'

/** Whether a name is one of the time zones of the database that this process was built with. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    // A RangeError is how the standard says no.
    return false
  }
}

function lintTogether(rules: readonly Rule[]): LintFinding[] {
  const index = rules.findIndex(({ type }) => type === 'healthy_for')
  if (index === -1 || rules.some(({ type }) => type !== 'healthy_for')) return []
  return [
    { path: ['spec', 'rules', index], message: 'has no other rule beside it that could pass' },
  ]
}

function percent(share: number): string {
  return `${rounded(share * 100)} %`
}

/** Six digits: enough to see the arithmetic, without the noise of doubles. */
function rounded(value: number): string {
  return String(Number(value.toPrecision(6)))
}
