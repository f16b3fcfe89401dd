import { MINUTE_MS } from '@portcullis/contracts'
import { yamlOf } from '@portcullis/policy-files'

import { defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { askFor } from '../gateway/ask-for.ts'
import { SuggestionAnswer } from '../gateway/suggestion-answer.ts'
import { suggestionText } from '../policies/suggestion-text.ts'
import { printable } from '../terminal/printable.ts'
import { parseSpan } from '../terminal/span.ts'

/** Days of many routes take minutes to be gone through. */
const ANSWER_MS_MAX = 15 * MINUTE_MS

export const policySuggest = defineCommand({
  name: 'policy suggest',
  summary: 'limits made of history, for a wanted rate of blocks',
  details:
    'Goes through the past of a service, and prints a policy with the smallest limits that would have\n' +
    'blocked as seldom as is wanted, and with comments that say what each is made of. It can be read by\n' +
    '`policy lint`, `policy diff` and `policy apply`. Exits with 1 where no limit can be made.',
  arguments: [{ name: 'SERVICE', description: 'whose requests are looked at' }],
  options: {
    environment: { type: 'string', value: 'NAME', description: 'production by default' },
    from: {
      type: 'string',
      value: 'INSTANT',
      description: 'like 2026-12-01T12:00:00Z, or 3d: so long ago; 7d by default, up to 14d',
    },
    to: { type: 'string', value: 'INSTANT', description: 'the same; the present by default' },
    step: { type: 'string', value: 'SPAN', description: 'between the looks; 1m by default' },
    blocks: {
      type: 'string',
      value: 'SHARE',
      description: 'of the time, in which a rule may block; 1% by default',
    },
    rules: {
      type: 'string',
      value: 'TYPES',
      description: 'error_rate, latency, or both with a comma (the default)',
    },
    percentile: { type: 'string', value: 'NUMBER', description: 'of the latency; 95 by default' },
    window: { type: 'string', value: 'SPAN', description: 'of the rules; 5m by default' },
    name: { type: 'string', value: 'NAME', description: 'of the policy; suggested by default' },
    json: JSON_OPTION,
  },
  examples: [
    'shop',
    'shop --from 14d --blocks 0.5% --name shop > shop.yaml',
    'shop --rules latency --percentile 99 | portcullis policy lint -',
  ],
  run: async ({ installation, terminal, clock, pace }, options, [service = '']) => {
    const { json, from = '7d', to, ...rest } = options
    const now = clock.now()
    const query = { service, ...rest, from: instantOf(from, now), to: to && instantOf(to, now) }
    const limit = pace.limit(ANSWER_MS_MAX)
    const request = { path: '/v1/policy-suggestions', query, limit }
    const { data, body } = await askFor(installation, request, SuggestionAnswer)
    const { policy } = data
    if (json) terminal.json(body)
    else {
      const said = policy === null ? terminal.note : terminal.line
      for (const line of suggestionText(data)) said(printable(`# ${line}`.trimEnd()))
      if (policy !== null) {
        for (const line of yamlOf(policy).trimEnd().split('\n')) terminal.line(printable(line))
      }
    }
    return policy === null ? EXIT.no : EXIT.ok
  },
})

/** Returns an instant as it was given, or the one that is so long ago. */
function instantOf(text: string, now: number): string {
  const agoMs = parseSpan(text)
  return agoMs === undefined ? text : new Date(now - agoMs).toISOString()
}
