import {
  type Cli,
  type Command,
  defineCommand,
  type OptionSpecs,
  type OptionValues,
} from '../command.ts'
import type { ExitCode } from '../exit.ts'
import { askFor } from '../gateway/ask-for.ts'
import { concluded } from '../gateway/concluded.ts'
import { CommandAnswer, type IncidentAnswer } from '../gateway/incident-answer.ts'

const INCIDENT = {
  name: 'INCIDENT',
  description: 'its id, as `portcullis incidents list` shows it',
}

/** Every command but a comment may tell why. */
export const REASON_OPTION = {
  type: 'string',
  value: 'TEXT',
  description: 'why; kept with it, encrypted',
} as const

interface IncidentCommandDefinition<Specs extends OptionSpecs> {
  /** The last segment of its path, and the word after `portcullis incidents`. */
  readonly word: string
  readonly summary: string
  /** Further arguments after the incident's id. */
  readonly argument?: { readonly name: string; readonly description: string }
  readonly options: Specs
  /** Returns the body to send; undefined members are left out. */
  readonly bodyOf: (options: OptionValues<Specs>, argument: string) => object
}

/** Returns the command that posts to `/ops/incidents/:id/<word>` and prints what became of it. */
export function incidentCommand<const Specs extends OptionSpecs>(
  definition: IncidentCommandDefinition<Specs>,
): Command {
  const { word, summary, argument, options, bodyOf } = definition
  return defineCommand<Specs>({
    name: `incidents ${word}`,
    summary,
    arguments: argument === undefined ? [INCIDENT] : [INCIDENT, argument],
    options,
    run: async (cli, values, [id = '', text = '']) => {
      const path = `/ops/incidents/${encodeURIComponent(id)}/${word}`
      return command(cli, path, bodyOf(values, text))
    },
  })
}

async function command(
  { installation, terminal }: Cli,
  path: string,
  body: object,
): Promise<ExitCode> {
  const asked = await askFor(installation, { method: 'POST', path, body }, CommandAnswer)
  return concluded(terminal, asked, { linesOf: ({ incident }) => [sentenceOf(incident)] })
}

function sentenceOf(incident: IncidentAnswer): string {
  const { id, status, severity, escalation_level: level, acknowledged_by: by } = incident
  const state = status === 'acknowledged' && by !== null ? `${status} by ${by}` : status
  return `${id} is ${state}: ${severity}, level ${level}, ${incident.service} ${incident.route} ${incident.kind}.`
}
