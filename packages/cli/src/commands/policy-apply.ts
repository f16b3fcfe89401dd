import { defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { POLICY_PATHS } from '../files/read-policy-texts.ts'
import { sendPolicies, soundPolicies } from '../policies/given-policies.ts'
import { printChanges } from '../policies/print-changes.ts'
import { failedCases, runTests } from '../policies/run-tests.ts'
import type { Terminal } from '../terminal/terminal.ts'

export const policyApply = defineCommand({
  name: 'policy apply',
  summary: 'put policies, objectives and freezes in force',
  details:
    'Reads policy files as `policy lint` does, runs the tests beside the policies, and sends all\n' +
    'documents to the gateway: all of them are put in force, or none. Exits with 1 where a file or\n' +
    'a test is wrong. A document whose version is in force already changes nothing.',
  arguments: POLICY_PATHS,
  options: {
    prune: { type: 'boolean', description: 'remove whatever is in force and in no file' },
    json: JSON_OPTION,
  },
  examples: ['policies/', 'policies/ --prune'],
  run: async (cli, { prune, json }, paths) => {
    const reading = await soundPolicies(cli, paths, { json })
    if (reading === null) return EXIT.no
    const tests = runTests(reading)
    const failed = failedCases(tests)
    if (failed.length > 0) {
      if (json) cli.terminal.json({ tests })
      else printFailed(cli.terminal, failed)
      return EXIT.no
    }
    const query = { prune: prune ? 'true' : undefined }
    const answer = await sendPolicies(cli, reading, { json, query })
    return answer === null ? EXIT.no : printChanges(cli, answer, json)
  },
})

function printFailed({ line, paint }: Terminal, failed: readonly string[]): void {
  for (const one of failed) line(`${paint.bad('not ok')} ${one}`)
  line('Nothing was applied; `portcullis policy test` says more.')
}
