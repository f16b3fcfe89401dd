import type { Cli } from '../command.ts'
import type { ExitCode } from '../exit.ts'
import { readAs } from '../gateway/ask-for.ts'
import type { GatewayAnswer } from '../gateway/ask-gateway.ts'
import { concluded } from '../gateway/concluded.ts'
import { type Change, ChangesAnswer } from '../gateway/policy-answer.ts'
import { countText } from '../terminal/count.ts'

/** Prints what became of documents; throws what else a gateway answered. */
export function printChanges(
  { terminal }: Pick<Cli, 'terminal'>,
  answer: GatewayAnswer,
  json: boolean,
): ExitCode {
  const linesOf = ({ changes }: { readonly changes: readonly Change[] }) => {
    const changed = changes.filter(({ change }) => change !== 'unchanged').length
    const total = changed === 0 ? 'Nothing changed.' : `${countText(changed, 'document')} changed.`
    return [...changes.map(changeText), total]
  }
  return concluded(terminal, readAs(answer, ChangesAnswer), { json, linesOf })
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
