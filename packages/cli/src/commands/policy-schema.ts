import { policyJsonSchema } from '@portcullis/policy-files'

import { defineCommand } from '../command.ts'
import { EXIT } from '../exit.ts'

export const policySchema = defineCommand({
  name: 'policy schema',
  summary: 'the JSON Schema of policy files',
  details:
    'Editors complete and check policy files by it: docs/policies.md says how. It knows\n' +
    'what a document may hold; `policy lint` also finds what is well written and cannot be.',
  run: async ({ terminal }) => {
    terminal.json(policyJsonSchema())
    return EXIT.ok
  },
})
