import { defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { askGateway } from '../gateway/ask-gateway.ts'
import { PolicyHistory } from '../gateway/policy-answer.ts'
import { refusalOf } from '../gateway/refusal.ts'
import { POLICY, policyPath } from '../policies/policy-argument.ts'
import { instantText } from '../terminal/instant.ts'
import type { Cell } from '../terminal/table.ts'
import { versionText } from './policy-apply.ts'

export const policyHistory = defineCommand({
  name: 'policy history',
  summary: 'what happened to a policy, the newest first',
  arguments: POLICY,
  options: {
    limit: { type: 'string', value: 'COUNT', description: 'at most so many; 50 by default' },
    json: JSON_OPTION,
  },
  examples: ['checkout', 'Slo/checkout'],
  run: async ({ installation, terminal }, { limit, json }, [name = '']) => {
    const path = `${policyPath(name)}/history`
    const answer = await askGateway(installation, { path, query: { limit } })
    const parsed = PolicyHistory.safeParse(answer.body)
    if (!parsed.success) throw refusalOf(answer)
    if (json) terminal.json(answer.body)
    else {
      terminal.table({
        head: ['WHEN', 'WHAT', 'VERSION', 'BY', 'VIA', 'POSITION'],
        figures: ['POSITION'],
        rows: parsed.data.history.map((one): Cell[] => [
          instantText(one.at),
          one.change,
          versionText(one.version),
          one.by,
          one.via,
          String(one.position),
        ]),
      })
      if (parsed.data.next_cursor !== null) terminal.note('There is more: --limit shows up to 500.')
    }
    return EXIT.ok
  },
})
