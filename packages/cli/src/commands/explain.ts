import { DEFAULT_POLICY } from '@portcullis/contracts'

import { type Cli, defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { evidenceText } from '../findings/evidence-text.ts'
import { gatewayOf } from '../gateway/address.ts'
import { readAs } from '../gateway/ask-for.ts'
import { ANSWER_TIMEOUT_MS } from '../gateway/ask-gateway.ts'
import { AT_OPTION } from '../terminal/at-option.ts'
import type { Cell } from '../terminal/table.ts'
import { askVerdict } from '../verdict/ask-verdict.ts'
import { type ExplainedRule, Explanation } from '../verdict/explanation.ts'
import { outcomeCell } from '../verdict/outcome-word.ts'
import { printVerdict } from '../verdict/print-verdict.ts'

export const explain = defineCommand({
  name: 'explain',
  summary: 'the verdict with every rule and its figures',
  details:
    'Asks the guard as `portcullis guard` does, and shows all rules of all policies that select the\n' +
    'service, those too that pass, warn or are only tried, and those of the default policy where it\n' +
    'decides. Exits with 0 whatever the verdict is.',
  options: {
    service: { type: 'string', value: 'NAME', description: 'only this service; all by default' },
    environment: { type: 'string', value: 'NAME', description: 'production by default' },
    version: { type: 'string', value: 'NAME', description: 'the release that is asked about' },
    at: AT_OPTION,
    json: JSON_OPTION,
  },
  examples: ['--service shop', '--service shop --version 1.4.2 --json'],
  run: async (cli, { json, ...question }) => {
    const address = gatewayOf(cli.installation)
    const asking = { limit: cli.pace.limit(ANSWER_TIMEOUT_MS), now: cli.clock.now() }
    const reply = await askVerdict(address, { ...question, explain: 'true' }, asking)
    if (reply.kind === 'silence') throw reply.why
    const explained = readAs(reply, Explanation)
    if (json) cli.terminal.json(reply.body)
    else {
      printVerdict(cli.terminal, reply.verdict)
      printRules(cli, explained.data, { withService: question.service === undefined })
    }
    return EXIT.ok
  },
})

function printRules(
  { terminal }: Cli,
  { policies, default_rules }: Explanation,
  { withService }: { readonly withService: boolean },
): void {
  terminal.line()
  if (policies.length === 0) {
    terminal.line('The default policy decided: no policy selects this.')
    if (default_rules.length > 0) terminal.line()
  }
  const all = [...policies, ...default_rules.map((one) => ({ policy: DEFAULT_POLICY, ...one }))]
  if (all.length === 0) return
  const rows = all.flatMap(({ service, policy, rules }) =>
    rules.flatMap((rule) =>
      rowsOf(rule, terminal.paint).map((row) => [
        ...(withService ? [service] : []),
        policy,
        ...row,
      ]),
    ),
  )
  const head = ['POLICY', 'RULE', 'MODE', 'SAYS', 'ROUTE', 'FIGURES']
  terminal.table({ head: withService ? ['SERVICE', ...head] : head, rows, folds: true })
}

function rowsOf(
  { rule, mode, findings }: ExplainedRule,
  paint: Cli['terminal']['paint'],
): Cell[][] {
  return findings.map(({ status, reason, route, evidence }) => [
    rule,
    mode,
    reason ?? outcomeCell(status, paint),
    route ?? '-',
    evidenceText(evidence),
  ])
}
