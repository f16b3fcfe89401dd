import { defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { askFor } from '../gateway/ask-for.ts'
import { PolicyHistory } from '../gateway/policy-answer.ts'
import { POLICY, policyPath } from '../policies/policy-argument.ts'
import { versionText } from '../policies/print-changes.ts'
import { instantText } from '../terminal/instant.ts'
import { LIMIT_OPTION, noteRest } from '../terminal/limit-option.ts'
import type { Cell } from '../terminal/table.ts'

export const policyHistory = defineCommand({
  name: 'policy history',
  summary: 'what happened to a policy, the newest first',
  arguments: POLICY,
  options: {
    limit: LIMIT_OPTION,
    json: JSON_OPTION,
  },
  examples: ['checkout', 'Slo/checkout'],
  run: async ({ installation, terminal }, { limit, json }, [name = '']) => {
    const path = `${policyPath(name)}/history`
    const { data, body } = await askFor(installation, { path, query: { limit } }, PolicyHistory)
    if (json) terminal.json(body)
    else {
      terminal.table({
        head: ['WHEN', 'WHAT', 'VERSION', 'BY', 'VIA', 'POSITION'],
        figures: ['POSITION'],
        rows: data.history.map((one): Cell[] => [
          instantText(one.at),
          one.change,
          versionText(one.version),
          one.by,
          one.via,
          String(one.position),
        ]),
      })
      noteRest(terminal, data.next_cursor, 'There is more')
    }
    return EXIT.ok
  },
})
