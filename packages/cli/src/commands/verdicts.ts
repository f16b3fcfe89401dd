import { defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { askFor } from '../gateway/ask-for.ts'
import { type VerdictChange, VerdictChanges } from '../gateway/verdict-changes.ts'
import { instantText } from '../terminal/instant.ts'
import { LIMIT_OPTION, noteRest } from '../terminal/limit-option.ts'
import type { Cell } from '../terminal/table.ts'
import { outcomeCell } from '../verdict/outcome-word.ts'
import { answerOf } from '../verdict/verdict-answer.ts'

export const verdicts = defineCommand({
  name: 'verdicts',
  summary: 'how verdicts changed, the newest first',
  details:
    'Each change of the outcome of a service, or of what one of its policies says, recorded whether\n' +
    'anybody asks or not. A policy that is only tried is shown with what it would have said.',
  options: {
    service: { type: 'string', value: 'NAME', description: 'only of this service' },
    environment: { type: 'string', value: 'NAME', description: 'only in this environment' },
    limit: LIMIT_OPTION,
    json: JSON_OPTION,
  },
  run: async ({ installation, terminal }, { json, ...query }) => {
    const { data, body } = await askFor(
      installation,
      { path: '/v1/verdicts', query },
      VerdictChanges,
    )
    const changes = data.verdicts
    if (json) terminal.json(body)
    else if (changes.length === 0) terminal.line('No verdict was recorded yet.')
    else {
      terminal.table({
        head: ['AS OF', 'SERVICE', 'ENVIRONMENT', 'VERDICT', 'POLICIES', 'WHY'],
        rows: changes.map((change): Cell[] => [
          instantText(change.as_of),
          change.service,
          change.environment,
          outcomeCell(answerOf(change), terminal.paint),
          policiesText(change),
          change.reasons.join(', ') || '-',
        ]),
      })
      noteRest(terminal, data.next_cursor)
    }
    return EXIT.ok
  },
})

function policiesText({ policies }: VerdictChange): string {
  const texts = policies.map(
    ({ policy, mode, outcome }) => `${policy} ${outcome}${mode === 'enforce' ? '' : ` (${mode})`}`,
  )
  return texts.join(', ') || '-'
}
