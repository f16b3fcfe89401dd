import { DEFAULT_ENVIRONMENT } from '@portcullis/contracts'

import { defineCommand, type OptionValues } from '../command.ts'
import { EXIT } from '../exit.ts'
import { failure } from '../failure.ts'
import { END_OPTIONS, endOf } from '../terminal/end-option.ts'
import { waiverCommand } from './waiver-command.ts'

const OPTIONS = {
  service: { type: 'string', value: 'NAME', description: 'what is let through (required)' },
  environment: { type: 'string', value: 'NAME', description: 'production by default' },
  version: { type: 'string', value: 'NAME', description: 'only this version; all by default' },
  policy: {
    type: 'string',
    value: 'NAME',
    multiple: true,
    description: 'only despite this policy; `default` is the one without a file',
  },
  rule: {
    type: 'string',
    value: 'NAME',
    multiple: true,
    description: 'only despite this rule, or reason; all but stale_data by default',
  },
  reason: { type: 'string', value: 'TEXT', description: 'why; kept with it, encrypted (required)' },
  ...END_OPTIONS,
  second: { type: 'boolean', description: 'it takes effect when somebody else approves it' },
} as const

export const waiversGrant = defineCommand({
  name: 'waivers grant',
  summary: 'let a service through for a time, despite violations',
  details: 'It ends by itself, after 7 days at most. All that is named must match.',
  options: OPTIONS,
  examples: [
    '--service shop --version 1.4.3 --for 1h --reason "it mends errors"',
    '--service shop --rule stale_data --for 30m --reason "we watch it"',
  ],
  run: async (cli, options) => {
    const { service, reason } = options
    if (service === undefined) throw failure(EXIT.usage, 'give --service NAME.')
    if (reason === undefined) throw failure(EXIT.usage, 'give --reason TEXT.')
    const until = endOf(options, cli.clock.now())
    return waiverCommand(cli, '/v1/waivers', { service, reason, until, ...scopeOf(options) })
  },
})

function scopeOf({ environment, version, policy, rule, second }: OptionValues<typeof OPTIONS>) {
  return {
    environment: environment ?? DEFAULT_ENVIRONMENT,
    version,
    policies: policy.length === 0 ? undefined : policy,
    rules: rule.length === 0 ? undefined : rule,
    needs_second: second,
  }
}
