import { type Cli, defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { askFor } from '../gateway/ask-for.ts'
import { type ReleaseAnswer, ReleasePage } from '../gateway/release-answer.ts'
import { instantText } from '../terminal/instant.ts'
import { labelsText } from '../terminal/labels.ts'
import { LIMIT_OPTION, noteRest } from '../terminal/limit-option.ts'
import type { Cell } from '../terminal/table.ts'
import { stateText } from './release-command.ts'

export const releasesList = defineCommand({
  name: 'releases list',
  summary: 'the releases, those that went live last first',
  options: {
    service: { type: 'string', value: 'NAME', description: 'only of this service' },
    environment: { type: 'string', value: 'NAME', description: 'only in this environment' },
    limit: LIMIT_OPTION,
    json: JSON_OPTION,
  },
  run: async (cli, { json, ...filter }) => {
    const request = { path: '/v1/releases', query: filter }
    const { data, body } = await askFor(cli.installation, request, ReleasePage)
    if (json) cli.terminal.json(body)
    else {
      print(cli, data.releases)
      noteRest(cli.terminal, data.next_cursor)
    }
    return EXIT.ok
  },
})

function print({ terminal }: Cli, releases: readonly ReleaseAnswer[]): void {
  if (releases.length === 0) {
    terminal.line('There is no such release.')
    return
  }
  terminal.table({
    head: ['SERVICE', 'ENVIRONMENT', 'VERSION', 'STATE', 'LIVE SINCE', 'APPROVALS', 'LABELS'],
    figures: ['APPROVALS'],
    rows: releases.map((release): Cell[] => [
      release.service,
      release.environment,
      release.version,
      stateText(release),
      instantText(release.announced_at),
      String(release.approvals.length),
      labelsText(release.labels),
    ]),
  })
}
