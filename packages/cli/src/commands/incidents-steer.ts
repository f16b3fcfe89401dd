import { MINUTE_MS } from '@portcullis/contracts'

import type { Command } from '../command.ts'
import { EXIT } from '../exit.ts'
import { failure } from '../failure.ts'
import { parseSpan } from '../terminal/span.ts'
import { incidentCommand, REASON_OPTION } from './incident-command.ts'

const PLAIN = [
  ['ack', 'take an incident: it is not escalated any more'],
  ['unack', 'give an incident back: it escalates again'],
  ['resolve', 'resolve an incident'],
  ['reopen', 'reopen a resolved incident'],
  ['unsnooze', 'end a snooze'],
  ['escalate', 'raise the level of an open incident now'],
] as const

const snooze = incidentCommand({
  word: 'snooze',
  summary: 'let an open incident rest for a while',
  options: {
    for: { type: 'string', value: 'SPAN', description: '30m, 2h, 1d (required)' },
    reason: REASON_OPTION,
  },
  bodyOf: (options) => ({ for_minutes: minutesOf(options.for), reason: options.reason }),
})

const assign = incidentCommand({
  word: 'assign',
  summary: 'say who owns an incident',
  options: {
    to: { type: 'string', value: 'NAME', description: 'who owns it from now on' },
    nobody: { type: 'boolean', description: 'or that nobody does' },
    reason: REASON_OPTION,
  },
  bodyOf: ({ to, nobody, reason }) => {
    if (nobody === (to !== undefined)) throw failure(EXIT.usage, 'give --to NAME, or --nobody.')
    return { owner: to ?? null, reason }
  },
})

const severity = incidentCommand({
  word: 'severity',
  summary: 'change how severe an incident is',
  argument: { name: 'SEVERITY', description: 'critical or warning' },
  options: { reason: REASON_OPTION },
  bodyOf: ({ reason }, given) => ({ severity: given, reason }),
})

const comment = incidentCommand({
  word: 'comment',
  summary: 'say something about an incident',
  argument: { name: 'TEXT', description: 'kept with the incident, encrypted' },
  options: {},
  bodyOf: (_options, text) => ({ comment: text }),
})

/** Everything that people do with incidents, one command each. */
export const incidentsSteer: readonly Command[] = [
  ...PLAIN.map(([word, summary]) =>
    incidentCommand({
      word,
      summary,
      options: { reason: REASON_OPTION },
      bodyOf: ({ reason }) => ({ reason }),
    }),
  ),
  snooze,
  assign,
  severity,
  comment,
]

function minutesOf(text: string | undefined): number {
  const spanMs = text === undefined ? undefined : parseSpan(text)
  if (spanMs !== undefined && spanMs >= MINUTE_MS) return Math.round(spanMs / MINUTE_MS)
  throw failure(EXIT.usage, 'give --for a span of at least a minute, like 30m, 2h or 1d.')
}
