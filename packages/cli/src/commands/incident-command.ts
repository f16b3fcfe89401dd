import {
  type Cli,
  type Command,
  defineCommand,
  type OptionSpecs,
  type OptionValues,
} from '../command.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { askGateway } from '../gateway/ask-gateway.ts'
import { CommandAnswer, type IncidentAnswer } from '../gateway/incident-answer.ts'
import { refusalOf } from '../gateway/refusal.ts'
import { printable } from '../terminal/printable.ts'

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

async function command(cli: Cli, path: string, body: object): Promise<ExitCode> {
  const answer = await askGateway(cli.installation, { method: 'POST', path, body })
  const parsed = CommandAnswer.safeParse(answer.body)
  if (!parsed.success) throw refusalOf(answer)
  if ('incident' in parsed.data) {
    cli.terminal.line(printable(sentenceOf(parsed.data.incident)))
    return EXIT.ok
  }
  cli.terminal.line(`Accepted as command ${parsed.data.command_id}, and not decided yet.`)
  return EXIT.undecided
}

function sentenceOf(incident: IncidentAnswer): string {
  const { id, status, severity, escalation_level: level, acknowledged_by: by } = incident
  const state = status === 'acknowledged' && by !== null ? `${status} by ${by}` : status
  return `${id} is ${state}: ${severity}, level ${level}, ${incident.service} ${incident.route} ${incident.kind}.`
}
