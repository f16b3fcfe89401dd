import { type Cli, defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { evidenceText } from '../findings/evidence-text.ts'
import { askFor } from '../gateway/ask-for.ts'
import { type IncidentAnswer, IncidentHistory } from '../gateway/incident-answer.ts'
import { AT_OPTION } from '../terminal/at-option.ts'
import { type Fact, printFacts } from '../terminal/facts.ts'
import { instantText } from '../terminal/instant.ts'

export const incidentsShow = defineCommand({
  name: 'incidents show',
  summary: 'an incident, and who did what with it',
  arguments: [{ name: 'INCIDENT', description: 'its id, as `portcullis incidents list` shows it' }],
  options: { at: AT_OPTION, json: JSON_OPTION },
  run: async (cli, { at, json }, [id = '']) => {
    const request = { path: `/ops/incidents/${encodeURIComponent(id)}`, query: { at } }
    const { data, body } = await askFor(cli.installation, request, IncidentHistory)
    if (json) cli.terminal.json(body)
    else print(cli, data)
    return EXIT.ok
  },
})

function print({ terminal }: Cli, { incident, timeline }: IncidentHistory): void {
  printFacts(terminal, factsOf(incident))
  terminal.line()
  terminal.table({
    head: ['AT', 'WHAT', 'WHO', 'VIA', 'NOTE'],
    rows: timeline.map(({ at, type, who, via, note }) => [
      instantText(at),
      type.replace('incident.', ''),
      who.name,
      via,
      note ?? '-',
    ]),
  })
}

function factsOf(incident: IncidentAnswer): Fact[] {
  const at = (instant: number | null): string | null =>
    instant === null ? null : instantText(instant)
  const { status, severity, escalation_level: level, opening } = incident
  return [
    ['Incident', incident.id],
    ['State', `${status}, ${severity}, level ${level}, opening ${opening}`],
    [
      'About',
      `${incident.service} in ${incident.environment}: ${incident.route}, ${incident.kind}`,
    ],
    ['Evidence', evidenceText(incident.evidence)],
    ['Hint', incident.hint],
    ['First seen', at(incident.first_seen)],
    ['Last seen', at(incident.last_seen)],
    ['Next due', at(incident.next_due_at)],
    ['Snoozed until', at(incident.snoozed_until)],
    ['Acknowledged by', incident.acknowledged_by],
    ['Owner', incident.owner],
  ]
}
