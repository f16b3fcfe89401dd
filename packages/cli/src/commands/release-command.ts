import { DEFAULT_ENVIRONMENT } from '@portcullis/contracts'

import type { ArgumentSpec, Cli } from '../command.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { askGateway } from '../gateway/ask-gateway.ts'
import { refusalOf } from '../gateway/refusal.ts'
import { type ReleaseAnswer, ReleaseCommandAnswer } from '../gateway/release-answer.ts'
import { countText } from '../terminal/count.ts'
import { printable } from '../terminal/printable.ts'

/** What names a release, beside its environment. */
export const RELEASE: readonly ArgumentSpec[] = [
  { name: 'SERVICE', description: 'what was released' },
  { name: 'VERSION', description: 'as metrics and announcements name it' },
]

export const ENVIRONMENT_OPTION = {
  type: 'string',
  value: 'NAME',
  description: `where; ${DEFAULT_ENVIRONMENT} by default`,
} as const

/** Sends a command on a release, and prints in a sentence what became of it. */
export async function releaseCommand(
  { installation, terminal }: Cli,
  request: { readonly path: string; readonly body: object },
  { json }: { readonly json: boolean },
): Promise<ExitCode> {
  const answer = await askGateway(installation, { method: 'POST', ...request })
  const parsed = ReleaseCommandAnswer.safeParse(answer.body)
  if (!parsed.success) throw refusalOf(answer)
  if (json) terminal.json(answer.body)
  if ('release' in parsed.data) {
    if (!json) terminal.line(printable(sentenceOf(parsed.data.release)))
    return EXIT.ok
  }
  if (!json) terminal.line(`Accepted as command ${parsed.data.command_id}, and not decided yet.`)
  return EXIT.undecided
}

function sentenceOf(release: ReleaseAnswer): string {
  const { service, environment, version, approvals, rolled_back_to: to } = release
  const state = stateText(release)
  const live = to === null ? '' : `; ${to} is live again`
  const approved = approvals.length === 0 ? '' : `, ${countText(approvals.length, 'approval')}`
  return `${service} ${version} in ${environment} is ${state}${approved}${live}.`
}

/** Returns a release's state in words: `running`, `rolled back`. */
export function stateText({ state }: Pick<ReleaseAnswer, 'state'>): string {
  return state.replaceAll('_', ' ')
}
