import { DEFAULT_ENVIRONMENT } from '@portcullis/contracts'

import type { ArgumentSpec, Cli } from '../command.ts'
import type { ExitCode } from '../exit.ts'
import { askFor } from '../gateway/ask-for.ts'
import { concluded } from '../gateway/concluded.ts'
import { type ReleaseAnswer, ReleaseCommandAnswer } from '../gateway/release-answer.ts'
import { countText } from '../terminal/count.ts'

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
  const asked = await askFor(installation, { method: 'POST', ...request }, ReleaseCommandAnswer)
  return concluded(terminal, asked, { json, linesOf: ({ release }) => [sentenceOf(release)] })
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
