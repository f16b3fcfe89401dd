import { defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { askGateway } from '../gateway/ask-gateway.ts'
import { refusalOf } from '../gateway/refusal.ts'
import { type VerdictChange, VerdictChanges } from '../gateway/verdict-changes.ts'
import { instantText } from '../terminal/instant.ts'
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
    limit: { type: 'string', value: 'COUNT', description: 'at most so many; 50 by default' },
    json: JSON_OPTION,
  },
  run: async ({ installation, terminal }, { json, ...query }) => {
    const answer = await askGateway(installation, { path: '/v1/verdicts', query })
    const parsed = VerdictChanges.safeParse(answer.body)
    if (!parsed.success) throw refusalOf(answer)
    const changes = parsed.data.verdicts
    if (json) terminal.json(answer.body)
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
      if (parsed.data.next_cursor !== null)
        terminal.note('There are more: --limit shows up to 500.')
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
