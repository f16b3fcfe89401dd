import { defineCommand, JSON_OPTION } from '../command.ts'
import { askGateway } from '../gateway/ask-gateway.ts'
import { printChanges } from '../policies/print-changes.ts'

export const freezeEnd = defineCommand({
  name: 'freeze end',
  summary: 'end a freeze before its time',
  details: 'What was frozen stays in the history: `portcullis policy history Freeze/NAME`.',
  arguments: [{ name: 'NAME', description: 'its name, as `portcullis freeze list` shows it' }],
  options: { json: JSON_OPTION },
  run: async (cli, { json }, [name = '']) => {
    const path = `/v1/freezes/${encodeURIComponent(name)}/end`
    return printChanges(
      cli,
      await askGateway(cli.installation, { method: 'POST', path, body: {} }),
      json,
    )
  },
})
