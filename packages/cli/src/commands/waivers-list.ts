import { defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { askFor } from '../gateway/ask-for.ts'
import { WaiverPage } from '../gateway/waiver-answer.ts'
import { instantText } from '../terminal/instant.ts'
import { LIMIT_OPTION, noteRest } from '../terminal/limit-option.ts'
import type { Cell } from '../terminal/table.ts'
import { aboutText } from './waiver-command.ts'

export const waiversList = defineCommand({
  name: 'waivers list',
  summary: 'the waivers that are active or wait for a second person',
  options: {
    all: { type: 'boolean', description: 'ended and revoked ones too' },
    service: { type: 'string', value: 'NAME', description: 'only of this service' },
    environment: { type: 'string', value: 'NAME', description: 'only in this environment' },
    limit: LIMIT_OPTION,
    json: JSON_OPTION,
  },
  run: async ({ installation, terminal }, { all, json, ...filter }) => {
    const query = { ...filter, status: all ? undefined : 'active,pending' }
    const request = { path: '/v1/waivers', query }
    const { data, body } = await askFor(installation, request, WaiverPage)
    const { waivers, next_cursor: cursor } = data
    if (json) terminal.json(body)
    else if (waivers.length === 0) terminal.line('There is no such waiver.')
    else {
      terminal.table({
        head: ['WAIVER', 'STATUS', 'UNTIL', 'GRANTED BY', 'APPROVED BY', 'ABOUT', 'REASON'],
        rows: waivers.map((one): Cell[] => [
          one.id,
          one.status,
          instantText(one.until),
          one.granted_by,
          one.approved_by ?? '-',
          aboutText(one),
          one.reason,
        ]),
      })
      noteRest(terminal, cursor)
    }
    return EXIT.ok
  },
})
