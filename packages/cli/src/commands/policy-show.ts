import { yamlOf } from '@portcullis/policy-files'

import { defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { askFor } from '../gateway/ask-for.ts'
import { OnePolicy } from '../gateway/policy-answer.ts'
import { POLICY, policyPath } from '../policies/policy-argument.ts'
import { instantText } from '../terminal/instant.ts'
import { printable } from '../terminal/printable.ts'

export const policyShow = defineCommand({
  name: 'policy show',
  summary: 'a policy, an objective or a freeze, as it was written',
  details: 'Prints YAML that `policy apply` takes.',
  arguments: POLICY,
  options: {
    version: { type: 'string', value: 'HEX', description: 'one that was in force before' },
    json: JSON_OPTION,
  },
  examples: ['checkout', 'Slo/checkout --version 3f2a9c1b'],
  run: async ({ installation, terminal }, { version, json }, [name = '']) => {
    const request = { path: policyPath(name), query: { version } }
    const { data, body } = await askFor(installation, request, OnePolicy)
    const { policy } = data
    if (json) terminal.json(body)
    else {
      terminal.line(`# version ${policy.version}`)
      terminal.line(printable(`# applied ${instantText(policy.at)} by ${policy.by}`))
      for (const line of yamlOf(policy.document).trimEnd().split('\n')) {
        terminal.line(printable(line))
      }
    }
    return EXIT.ok
  },
})
