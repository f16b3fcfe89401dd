import { DEFAULT_ENVIRONMENT, type EpochMs } from '@portcullis/contracts'

import { type Cli, defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { askFor } from '../gateway/ask-for.ts'
import { type IncidentAnswer, IncidentPage } from '../gateway/incident-answer.ts'
import { AT_OPTION, understoodInstant } from '../terminal/at-option.ts'
import { LIMIT_OPTION, noteRest } from '../terminal/limit-option.ts'
import { spanText } from '../terminal/span.ts'
import type { Cell } from '../terminal/table.ts'

export const incidentsList = defineCommand({
  name: 'incidents list',
  summary: 'the incidents that are not resolved, newest first',
  options: {
    all: { type: 'boolean', description: 'resolved ones too' },
    service: { type: 'string', value: 'NAME', description: 'only of this service' },
    environment: { type: 'string', value: 'NAME', description: 'only in this environment' },
    at: AT_OPTION,
    limit: LIMIT_OPTION,
    json: JSON_OPTION,
  },
  run: async (cli, { json, all, ...filter }) => {
    const query = { ...filter, status: all ? undefined : 'open,acknowledged' }
    const request = { path: '/ops/incidents', query }
    const { data, body } = await askFor(cli.installation, request, IncidentPage)
    if (json) cli.terminal.json(body)
    else {
      const now = filter.at === undefined ? cli.clock.now() : understoodInstant(filter.at)
      print(cli, data.incidents, now)
      noteRest(cli.terminal, data.next_cursor)
    }
    return EXIT.ok
  },
})

function print({ terminal }: Cli, incidents: readonly IncidentAnswer[], now: EpochMs): void {
  if (incidents.length === 0) {
    terminal.line('There is no such incident.')
    return
  }
  const styleOf = ({ status, severity }: IncidentAnswer) => {
    if (status !== 'open') return terminal.paint.faint
    return severity === 'critical' ? terminal.paint.bad : terminal.paint.doubtful
  }
  terminal.table({
    head: ['INCIDENT', 'STATUS', 'SEVERITY', 'LEVEL', 'OPEN FOR', 'NEXT IN', 'OWNER', 'ABOUT'],
    figures: ['LEVEL'],
    rows: incidents.map((incident): Cell[] => [
      incident.id,
      { text: incident.status, style: styleOf(incident) },
      incident.severity,
      String(incident.escalation_level),
      spanText(now - incident.first_seen),
      nextText(incident, now),
      incident.acknowledged_by ?? incident.owner ?? '-',
      aboutText(incident),
    ]),
  })
}

function aboutText({ service, environment, route, kind }: IncidentAnswer): string {
  const where = environment === DEFAULT_ENVIRONMENT ? '' : ` in ${environment}`
  return `${kind}, ${service}${where}: ${route}`
}

/** When it is escalated next, unless somebody takes it over. */
function nextText({ next_due_at: dueAt }: IncidentAnswer, now: EpochMs): string {
  if (dueAt === null) return '-'
  return spanText(dueAt - now)
}
