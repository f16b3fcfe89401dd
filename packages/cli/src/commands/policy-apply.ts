import { type Cli, defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { POLICY_PATHS } from '../files/read-policy-texts.ts'
import type { GatewayAnswer } from '../gateway/ask-gateway.ts'
import { type Change, ChangesAnswer } from '../gateway/policy-answer.ts'
import { refusalOf } from '../gateway/refusal.ts'
import { sendPolicies, soundPolicies } from '../policies/given-policies.ts'
import { failedCases, runTests } from '../policies/run-tests.ts'
import { countText } from '../terminal/count.ts'
import { printable } from '../terminal/printable.ts'
import type { Terminal } from '../terminal/terminal.ts'

export const policyApply = defineCommand({
  name: 'policy apply',
  summary: 'put policies, objectives and freezes in force',
  details:
    'Reads policy files as `policy lint` does, runs the tests beside the policies, and sends all\n' +
    'documents to the gateway: all of them are put in force, or none. Exits with 1 where a file or\n' +
    'a test is wrong. A document whose version is in force already changes nothing.',
  arguments: POLICY_PATHS,
  options: {
    prune: { type: 'boolean', description: 'remove whatever is in force and in no file' },
    json: JSON_OPTION,
  },
  examples: ['policies/', 'policies/ --prune'],
  run: async (cli, { prune, json }, paths) => {
    const reading = await soundPolicies(cli, paths, { json })
    if (reading === null) return EXIT.no
    const tests = runTests(reading)
    const failed = failedCases(tests)
    if (failed.length > 0) {
      if (json) cli.terminal.json({ tests })
      else printFailed(cli.terminal, failed)
      return EXIT.no
    }
    const query = { prune: prune ? 'true' : undefined }
    const answer = await sendPolicies(cli, reading, { json, query })
    return answer === null ? EXIT.no : printChanges(cli, answer, json)
  },
})

function printFailed({ line, paint }: Terminal, failed: readonly string[]): void {
  for (const one of failed) line(`${paint.bad('not ok')} ${one}`)
  line('Nothing was applied; `portcullis policy test` says more.')
}

/** Prints what became of documents; throws what else a gateway answered. */
export function printChanges(
  { terminal }: Pick<Cli, 'terminal'>,
  answer: GatewayAnswer,
  json: boolean,
): ExitCode {
  const parsed = ChangesAnswer.safeParse(answer.body)
  if (!parsed.success) throw refusalOf(answer)
  if (json) terminal.json(answer.body)
  if (!('changes' in parsed.data)) {
    const { command_id: id } = parsed.data
    if (!json) terminal.line(`Accepted as command ${id}, and not decided yet.`)
    return EXIT.undecided
  }
  const { changes } = parsed.data
  if (json) return EXIT.ok
  for (const change of changes) terminal.line(printable(changeText(change)))
  const changed = changes.filter((one) => one.change !== 'unchanged').length
  terminal.line(changed === 0 ? 'Nothing changed.' : `${countText(changed, 'document')} changed.`)
  return EXIT.ok
}

/** Digits of a version that tell it from others at a glance. */
const VERSION_LENGTH = 12

/** Returns a version as tables show it. */
export function versionText(version: string | null): string {
  return version === null ? '-' : version.slice(0, VERSION_LENGTH)
}

function changeText({ kind, name, change, version, previous }: Change): string {
  const what = `${kind} ${name}`
  switch (change) {
    case 'added':
      return `added      ${what} ${versionText(version)}`
    case 'changed':
      return `changed    ${what} ${versionText(previous)} -> ${versionText(version)}`
    case 'removed':
      return `removed    ${what} ${versionText(previous)}`
    case 'unchanged':
      return `unchanged  ${what} ${versionText(version)}`
  }
}
