import { defineCommand, JSON_OPTION } from '../command.ts'
import { askGateway } from '../gateway/ask-gateway.ts'
import { POLICY, policyPath } from '../policies/policy-argument.ts'
import { printChanges } from '../policies/print-changes.ts'

export const policyRemove = defineCommand({
  name: 'policy remove',
  summary: 'take a policy, an objective or a freeze out of force',
  details: 'An objective that a policy names stays. What was in force stays in the history.',
  arguments: POLICY,
  options: { json: JSON_OPTION },
  examples: ['checkout', 'Freeze/christmas'],
  run: async (cli, { json }, [name = '']) =>
    printChanges(
      cli,
      await askGateway(cli.installation, { method: 'DELETE', path: policyPath(name) }),
      json,
    ),
})
