import { yamlOf } from '@portcullis/policy-files'
import { createTwoFilesPatch } from 'diff'

import { type Cli, defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { POLICY_PATHS } from '../files/read-policy-texts.ts'
import { readAs } from '../gateway/ask-for.ts'
import { DryRunAnswer, type DryRunChange } from '../gateway/policy-answer.ts'
import { sendPolicies, soundPolicies } from '../policies/given-policies.ts'
import { printable } from '../terminal/printable.ts'

export const policyDiff = defineCommand({
  name: 'policy diff',
  summary: 'what `policy apply` would change',
  details:
    'Reads policy files as `policy lint` does, and compares them with what is in force.\n' +
    'Exits with 1 where something would change, or a file is wrong.',
  arguments: POLICY_PATHS,
  options: {
    prune: { type: 'boolean', description: 'as `policy apply --prune` would do' },
    json: JSON_OPTION,
  },
  examples: ['policies/', 'policies/ --prune'],
  run: async (cli, { prune, json }, paths) => {
    const reading = await soundPolicies(cli, paths, { json })
    if (reading === null) return EXIT.no
    const query = { dry_run: 'true', prune: prune ? 'true' : undefined }
    const answer = await sendPolicies(cli, reading, { json, query })
    if (answer === null) return EXIT.no
    const { changes } = readAs(answer, DryRunAnswer).data
    if (json) cli.terminal.json(answer.body)
    else for (const change of changes) print(cli, change)
    const isSame = changes.every(({ change }) => change === 'unchanged')
    if (isSame && !json) cli.terminal.line('Nothing would change.')
    return isSame ? EXIT.ok : EXIT.no
  },
})

function print({ terminal }: Cli, { kind, name, change, before, after }: DryRunChange): void {
  if (change === 'unchanged') return
  const { paint } = terminal
  const sides = [before, after].map((document) => (document === null ? '' : yamlOf(document)))
  const patch = createTwoFilesPatch(
    before === null ? 'nothing' : `${kind}/${name}`,
    after === null ? 'nothing' : `${kind}/${name}`,
    sides[0]!,
    sides[1]!,
    'in force',
    change === 'removed' ? 'removed' : 'files',
  )
  // The first line is a rule of `=`.
  for (const line of patch.trimEnd().split('\n').slice(1)) {
    // A tab stands between a name and its side, and steers nothing.
    const text = line.split('\t').map(printable).join('\t')
    if (line.startsWith('+')) terminal.line(paint.good(text))
    else if (line.startsWith('-')) terminal.line(paint.bad(text))
    else terminal.line(text)
  }
}
