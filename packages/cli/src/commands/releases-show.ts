import { DEFAULT_ENVIRONMENT } from '@portcullis/contracts'

import { type Cli, defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { askFor } from '../gateway/ask-for.ts'
import { type Happened, type ReleaseAnswer, ReleaseHistory } from '../gateway/release-answer.ts'
import { type Fact, printFacts } from '../terminal/facts.ts'
import { instantText } from '../terminal/instant.ts'
import { labelsText } from '../terminal/labels.ts'
import { LIMIT_OPTION, noteRest } from '../terminal/limit-option.ts'
import { ENVIRONMENT_OPTION, RELEASE, stateText } from './release-command.ts'

export const releasesShow = defineCommand({
  name: 'releases show',
  summary: 'a release, who said yes to it, and what happened to it',
  arguments: RELEASE,
  options: {
    environment: ENVIRONMENT_OPTION,
    limit: LIMIT_OPTION,
    json: JSON_OPTION,
  },
  examples: ['shop 1.4.2', 'shop 1.4.2 --environment staging'],
  run: async (cli, { environment = DEFAULT_ENVIRONMENT, limit, json }, names) => {
    const [service = '', version = ''] = names
    const path = `/v1/releases/${[service, environment, version].map(encodeURIComponent).join('/')}`
    const request = { path, query: { limit } }
    const { data, body } = await askFor(cli.installation, request, ReleaseHistory)
    if (json) cli.terminal.json(body)
    else {
      print(cli, data)
      noteRest(cli.terminal, data.next_cursor, 'There is more')
    }
    return EXIT.ok
  },
})

function print({ terminal }: Cli, { release, history }: ReleaseHistory): void {
  printFacts(terminal, factsOf(release))
  terminal.line()
  terminal.table({
    head: ['AT', 'WHAT', 'WHO', 'VIA', 'NOTE'],
    rows: history.map((one) => [
      instantText(one.at),
      whatText(one, release),
      one.who.name,
      one.via,
      one.note ?? '-',
    ]),
  })
}

function factsOf(release: ReleaseAnswer): Fact[] {
  const { state_since: since, run, labels, approvals } = release
  const approved = approvals.map(({ by, role, at }) => `${by} (${role}, ${instantText(at)})`)
  return [
    ['Release', `${release.service} ${release.version} in ${release.environment}`],
    ['State', `${stateText(release)}${since === null ? '' : ` since ${instantText(since)}`}`],
    ['Live again', release.rolled_back_to],
    ['Went live', `${instantText(release.announced_at)}${run === 1 ? '' : `, run ${run}`}`],
    ['Approved by', approved.length === 0 ? 'nobody' : approved.join(', ')],
    ['Labels', Object.keys(labels).length === 0 ? null : labelsText(labels)],
    ['Commit', release.commit],
    ['URL', release.url],
  ]
}

/** A roll-back of another version to this one is in its history as well. */
function whatText({ type, what }: Happened, { version }: ReleaseAnswer): string {
  const word = type.replace('release.', '').replaceAll('_', ' ')
  const to = what['to']
  if (to === version) return `live again for ${String(what['version'])}`
  return typeof to === 'string' ? `${word} to ${to}` : word
}
