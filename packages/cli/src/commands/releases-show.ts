import { DEFAULT_ENVIRONMENT } from '@portcullis/contracts'

import { type Cli, defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { askFor } from '../gateway/ask-for.ts'
import { type Happened, type ReleaseAnswer, ReleaseHistory } from '../gateway/release-answer.ts'
import { instantText } from '../terminal/instant.ts'
import { labelsText } from '../terminal/labels.ts'
import { printable } from '../terminal/printable.ts'
import { ENVIRONMENT_OPTION, RELEASE, stateText } from './release-command.ts'

export const releasesShow = defineCommand({
  name: 'releases show',
  summary: 'a release, who said yes to it, and what happened to it',
  arguments: RELEASE,
  options: {
    environment: ENVIRONMENT_OPTION,
    limit: {
      type: 'string',
      value: 'COUNT',
      description: 'at most so many events, up to 500; 50 by default',
    },
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
      if (data.next_cursor !== null) {
        cli.terminal.note('There is more: --limit shows up to 500.')
      }
    }
    return EXIT.ok
  },
})

function print({ terminal }: Cli, { release, history }: ReleaseHistory): void {
  const facts = factsOf(release).filter((fact) => fact[1] !== null)
  const width = Math.max(...facts.map(([name]) => name.length))
  for (const [name, value] of facts) {
    terminal.line(`${terminal.paint.faint(name.padEnd(width))}  ${printable(value ?? '')}`)
  }
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

function factsOf(release: ReleaseAnswer): [string, string | null][] {
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
