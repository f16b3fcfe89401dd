import { writeFile } from 'node:fs/promises'

import { type EpochMs, MINUTE_MS } from '@portcullis/contracts'

import { printBacktest } from '../backtests/print-backtest.ts'
import { timelineSvg } from '../backtests/timeline-svg.ts'
import { defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { failure, reasonOf } from '../failure.ts'
import { readAs } from '../gateway/ask-for.ts'
import { BacktestAnswer } from '../gateway/backtest-answer.ts'
import { sendPolicies, soundPolicies } from '../policies/given-policies.ts'
import { passTheirTests } from '../policies/run-tests.ts'
import { parseSpan } from '../terminal/span.ts'

/** Node's own client waits no longer for an answer to begin. */
const ANSWER_MS_MAX = 5 * MINUTE_MS

export const backtest = defineCommand({
  name: 'backtest',
  summary: 'try policies on the past: what they would have blocked',
  details:
    'Reads policy files and runs their tests as `policy apply` does, and asks the gateway what would\n' +
    'have been said of the past if they had been in force: from instant to instant, and at every\n' +
    'release. Nothing is changed. docs/backtests.md tells how to read the answer.',
  options: {
    policy: {
      type: 'string',
      value: 'PATH',
      multiple: true,
      description: 'a file, a folder, or -; may be given several times',
    },
    from: {
      type: 'string',
      value: 'INSTANT',
      description: 'the beginning, like 2026-11-16T00:00:00Z; or 14d ago as 14d',
    },
    to: { type: 'string', value: 'INSTANT', description: 'the end, written alike; now by default' },
    step: {
      type: 'string',
      value: 'SPAN',
      description: 'between two verdicts, 10s to 1h; 1m by default',
    },
    service: { type: 'string', value: 'NAME', description: 'only this service; all by default' },
    environment: { type: 'string', value: 'NAME', description: 'production by default' },
    against: { type: 'string', value: 'current', description: 'beside what is in force now' },
    horizon: {
      type: 'string',
      value: 'SPAN',
      description: 'until when an incident counts as one that followed; 1h by default',
    },
    prune: { type: 'boolean', description: 'as `policy apply --prune` would do' },
    svg: { type: 'string', value: 'FILE', description: 'draw it, too; a file there is replaced' },
    json: JSON_OPTION,
  },
  examples: [
    '--policy policies/ --from 14d --against current',
    '--policy checkout.yaml --from 1d --svg checkout.svg',
  ],
  run: async (cli, { json, policy, from, to, prune, svg, ...rest }) => {
    if (policy.length === 0) throw failure(EXIT.usage, 'give --policy PATH.')
    if (from === undefined) throw failure(EXIT.usage, 'give --from INSTANT.')
    const reading = await soundPolicies(cli, policy, { json })
    if (reading === null) return EXIT.no
    if (!passTheirTests(cli, reading, { json, otherwise: 'Nothing was tried' })) return EXIT.no
    const now = cli.clock.now()
    const range = { from: instantOf(from, now), to: to === undefined ? to : instantOf(to, now) }
    const query = { ...rest, ...range, prune: prune ? 'true' : undefined }
    const limit = cli.pace.limit(ANSWER_MS_MAX)
    const answer = await sendPolicies(cli, reading, { json, query, path: '/v1/backtests', limit })
    if (answer === null) return EXIT.no
    const { data, body } = readAs(answer, BacktestAnswer)
    if (svg !== undefined) await draw(svg, data)
    if (json) cli.terminal.json(body)
    else printBacktest(cli.terminal, data)
    return EXIT.ok
  },
})

/** Returns an instant as it was given; a span is that long ago. */
function instantOf(text: string, now: EpochMs): string {
  const spanMs = parseSpan(text)
  return spanMs === undefined ? text : new Date(now - spanMs).toISOString()
}

async function draw(file: string, answer: BacktestAnswer): Promise<void> {
  try {
    await writeFile(file, timelineSvg(answer))
  } catch (error) {
    throw failure(EXIT.usage, `${file} cannot be written: ${reasonOf(error)}.`, error)
  }
}
