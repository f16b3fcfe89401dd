import type { CaseResult } from '@portcullis/domain'

import { type Cli, defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { POLICY_PATHS } from '../files/read-policy-texts.ts'
import { policyFaults, tellFaults } from '../findings/policy-faults.ts'
import { givenPolicies } from '../policies/given-policies.ts'
import { runTests, type TestResult } from '../policies/run-tests.ts'
import { countText } from '../terminal/count.ts'
import type { Paint } from '../terminal/paint.ts'

export const policyTest = defineCommand({
  name: 'policy test',
  summary: 'run the cases that are written beside policies',
  details:
    'Reads policy files as `policy lint` does, and runs the cases of every PolicyTest in them:\n' +
    'what is given goes through the same folds and rules as what happens.\n' +
    'Exits with 1 where one comes out otherwise, or a file is wrong.',
  arguments: POLICY_PATHS,
  options: { json: JSON_OPTION },
  examples: ['policies/', 'checkout.yaml checkout.test.yaml'],
  run: async (cli, { json }, paths) => {
    const reading = await givenPolicies(cli, paths)
    const faults = policyFaults(reading)
    if (faults.length > 0) {
      tellFaults(cli.terminal, faults, { json })
      return EXIT.no
    }
    const tests = runTests(reading)
    if (json) cli.terminal.json({ tests })
    else print(cli, tests)
    return exitOf(tests)
  },
})

function exitOf(tests: readonly TestResult[]): ExitCode {
  const cases = tests.flatMap((test) => test.cases)
  return cases.length > 0 && cases.every((one) => one.surprises.length === 0) ? EXIT.ok : EXIT.no
}

function print({ terminal }: Cli, tests: readonly TestResult[]): void {
  const { paint } = terminal
  for (const { policy, cases } of tests) {
    for (const one of cases) for (const line of linesOf(policy, one, paint)) terminal.line(line)
  }
  const cases = tests.flatMap((test) => test.cases)
  const failed = cases.filter((one) => one.surprises.length > 0).length
  if (cases.length === 0) terminal.line('There is no PolicyTest to run.')
  else terminal.line(`${countText(cases.length, 'case')}, ${failed} failed.`)
}

function linesOf(policy: string, { name, surprises, result }: CaseResult, paint: Paint): string[] {
  if (surprises.length === 0) return [`${paint.good('ok')} ${policy}: ${name}`]
  const found = surprises.map(
    (one) => `  ${one.what} is ${one.found ?? 'not there'}, and ${one.expected} was expected`,
  )
  const needs = needsOf(result).map((need) => `  ${need}`)
  return [`${paint.bad('not ok')} ${policy}: ${name}`, ...found, ...needs]
}

/** What each rule that did not pass would need, so that whoever wrote the case sees why. */
function needsOf(result: CaseResult['result']): string[] {
  return (result?.rules ?? []).flatMap(({ rule, findings }) =>
    findings.flatMap((finding) => {
      if (finding.status === 'pass') return []
      return [`${rule}${finding.route === null ? '' : ` (${finding.route})`} needs ${finding.need}`]
    }),
  )
}
