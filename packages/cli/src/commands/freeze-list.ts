import { defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { askFor } from '../gateway/ask-for.ts'
import { FreezeList } from '../gateway/freeze-answer.ts'
import { instantText } from '../terminal/instant.ts'
import type { Cell } from '../terminal/table.ts'

export const freezeList = defineCommand({
  name: 'freeze list',
  summary: 'the freezes that are active, or begin within 30 days',
  options: {
    at: { type: 'string', value: 'INSTANT', description: 'what was, or will be, then' },
    json: JSON_OPTION,
  },
  run: async ({ installation, terminal }, { at, json }) => {
    const request = { path: '/v1/freezes', query: { at } }
    const { data, body } = await askFor(installation, request, FreezeList)
    const { freezes } = data
    if (json) terminal.json(body)
    else if (freezes.length === 0) {
      terminal.line('Nothing is frozen, and no freeze begins within 30 days.')
    } else {
      terminal.table({
        head: ['FREEZE', 'STATUS', 'FROM', 'UNTIL', 'BY', 'REASON'],
        rows: freezes.map((one): Cell[] => [
          one.name,
          one.status,
          instantText(one.from),
          instantText(one.until),
          one.changed_by,
          one.reason,
        ]),
      })
    }
    return EXIT.ok
  },
})
