import { defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { POLICY_PATHS } from '../files/read-policy-texts.ts'
import { sendPolicies, soundPolicies } from '../policies/given-policies.ts'
import { printChanges } from '../policies/print-changes.ts'
import { passTheirTests } from '../policies/run-tests.ts'

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
    if (!passTheirTests(cli, reading, { json, otherwise: 'Nothing was applied' })) return EXIT.no
    const query = { prune: prune ? 'true' : undefined }
    const answer = await sendPolicies(cli, reading, { json, query })
    return answer === null ? EXIT.no : printChanges(cli, answer, json)
  },
})
