import {
  type ConfigSource,
  effectiveSettings,
  readConfig,
  STANDALONE_DEFAULTS,
} from '@portcullis/runtime'

import { type Cli, defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { reasonOf } from '../failure.ts'
import type { Installation } from '../installation.ts'

interface ShownSetting {
  readonly name: string
  readonly value: string | undefined
  readonly origin: string
}

export const config = defineCommand({
  name: 'config',
  summary: 'the settings in effect, secrets masked',
  details: 'Exits with 1 where a service would refuse to start with them, and says why.',
  options: { json: JSON_OPTION },
  run: async (cli, { json }) => {
    const settings = shownSettings(cli)
    if (json) cli.terminal.json(settings)
    else print(cli, settings)
    return judge(cli)
  },
})

function sourceOf({ env, isStandalone }: Installation): ConfigSource {
  return isStandalone ? { env, defaults: STANDALONE_DEFAULTS } : { env }
}

function shownSettings({ installation }: Cli): ShownSetting[] {
  const { file, fromFile } = installation
  return effectiveSettings(sourceOf(installation)).map(({ name, value, origin }) => ({
    name,
    value,
    origin: fromFile.some((taken) => taken === name) ? file : origin,
  }))
}

function print({ terminal }: Cli, settings: readonly ShownSetting[]): void {
  const { paint } = terminal
  terminal.table({
    head: ['SETTING', 'VALUE', 'FROM'],
    rows: settings.map(({ name, value = '', origin }) => {
      const style = origin === 'default' ? paint.faint : paint.strong
      return [name, { text: value === '' ? '(unset)' : value, style }, origin]
    }),
  })
}

/** The same reading that services do when they start. */
function judge({ installation, terminal }: Cli): ExitCode {
  try {
    const { warnings } = readConfig(sourceOf(installation))
    for (const warning of warnings) terminal.note(`Warning: ${warning}`)
    return EXIT.ok
  } catch (error) {
    terminal.note(reasonOf(error))
    return EXIT.no
  }
}
