import { defineCommand, JSON_OPTION, type OptionValues } from '../command.ts'
import { EXIT } from '../exit.ts'
import { failure } from '../failure.ts'
import { askGateway } from '../gateway/ask-gateway.ts'
import { printChanges } from '../policies/print-changes.ts'
import { END_OPTIONS, endOf } from '../terminal/end-option.ts'
import { labelsOf } from '../terminal/labels.ts'

const OPTIONS = {
  reason: { type: 'string', value: 'TEXT', description: 'why; verdicts show it (required)' },
  ...END_OPTIONS,
  service: {
    type: 'string',
    value: 'NAME',
    multiple: true,
    description: 'only this service; `*` stands for any text',
  },
  environment: {
    type: 'string',
    value: 'NAME',
    multiple: true,
    description: 'only in this environment',
  },
  except: {
    type: 'string',
    value: 'KEY=VALUE',
    multiple: true,
    description: 'a label that lets a release through',
  },
  name: { type: 'string', value: 'NAME', description: 'what it is called; made by default' },
  json: JSON_OPTION,
} as const

export const freezeStart = defineCommand({
  name: 'freeze start',
  summary: 'freeze releases from now on, until an end',
  options: OPTIONS,
  examples: [
    '--for 2h --reason "The payment provider is down." --service "checkout*"',
    '--until 2026-12-01T12:00:00Z --reason "Stop." --except hotfix=true',
  ],
  run: async (cli, options) => {
    const { reason, name, json } = options
    if (reason === undefined) throw failure(EXIT.usage, 'give --reason TEXT.')
    const until = endOf(options, cli.clock.now())
    const body = { name, reason, until, ...whatOf(options) }
    const request = { method: 'POST', path: '/v1/freezes', body } as const
    return printChanges(cli, await askGateway(cli.installation, request), json)
  },
})

function whatOf({ service, environment, except }: OptionValues<typeof OPTIONS>) {
  const selector = {
    ...(service.length === 0 ? {} : { services: service }),
    ...(environment.length === 0 ? {} : { environments: environment }),
  }
  return except.length === 0 ? { selector } : { selector, exceptLabels: labelsOf('except', except) }
}
