import { type CaseResult, runCase } from '@portcullis/domain'
import { documentsOf, type PolicyReading } from '@portcullis/policy-files'

import type { Cli } from '../command.ts'

/** What came of the cases of one test. */
export interface TestResult {
  readonly test: string
  readonly policy: string
  readonly cases: readonly CaseResult[]
}

/**
 * Runs the cases of every test. Those of policies that are in no file are passed over: `policyFaults` tells of
 * them.
 */
export function runTests(reading: PolicyReading): TestResult[] {
  const slos = documentsOf(reading, 'Slo')
  const policies = new Map(
    documentsOf(reading, 'ReleasePolicy').map((policy) => [policy.metadata.name, policy]),
  )
  return documentsOf(reading, 'PolicyTest').flatMap(({ metadata, spec }) => {
    const policy = policies.get(spec.policy)
    if (policy === undefined) return []
    const cases = spec.cases.map((one) => runCase(policy, slos, one))
    return [{ test: metadata.name, policy: spec.policy, cases }]
  })
}

/** Whether all cases beside policies come out as they are to; tells those that do not, and what did not happen for it. */
export function passTheirTests(
  { terminal: { line, json, paint } }: Pick<Cli, 'terminal'>,
  reading: PolicyReading,
  told: { readonly json: boolean; readonly otherwise: string },
): boolean {
  const tests = runTests(reading)
  const failed = failedCases(tests)
  if (failed.length === 0) return true
  if (told.json) json({ tests })
  else {
    for (const one of failed) line(`${paint.bad('not ok')} ${one}`)
    line(`${told.otherwise}; \`portcullis policy test\` says more.`)
  }
  return false
}

/** Returns the cases that came out otherwise, as `policy: name`. */
function failedCases(tests: readonly TestResult[]): string[] {
  return tests.flatMap(({ policy, cases }) =>
    cases.filter(({ surprises }) => surprises.length > 0).map(({ name }) => `${policy}: ${name}`),
  )
}
