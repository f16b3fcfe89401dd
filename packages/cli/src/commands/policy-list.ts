import { defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { askFor } from '../gateway/ask-for.ts'
import { PolicyList } from '../gateway/policy-answer.ts'
import { versionText } from '../policies/print-changes.ts'
import { instantText } from '../terminal/instant.ts'
import type { Cell } from '../terminal/table.ts'

export const policyList = defineCommand({
  name: 'policy list',
  summary: 'the policies, objectives and freezes that are in force',
  options: {
    kind: { type: 'string', value: 'KIND', description: 'ReleasePolicy, Slo or Freeze' },
    json: JSON_OPTION,
  },
  run: async ({ installation, terminal }, { kind, json }) => {
    const request = { path: '/v1/policies', query: { kind } }
    const { data, body } = await askFor(installation, request, PolicyList)
    const { policies } = data
    if (json) terminal.json(body)
    else if (policies.length === 0) {
      terminal.line('Nothing is in force: the guard decides by the default policy.')
    } else {
      terminal.table({
        head: ['KIND', 'NAME', 'MODE', 'VERSION', 'CHANGED', 'BY'],
        rows: policies.map((one): Cell[] => [
          one.kind,
          one.name,
          one.mode ?? '-',
          versionText(one.version),
          instantText(one.changed_at),
          one.changed_by,
        ]),
      })
    }
    return EXIT.ok
  },
})
