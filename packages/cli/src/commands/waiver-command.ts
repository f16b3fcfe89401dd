import { DEFAULT_ENVIRONMENT } from '@portcullis/contracts'

import type { Cli } from '../command.ts'
import type { ExitCode } from '../exit.ts'
import { askFor } from '../gateway/ask-for.ts'
import { concluded } from '../gateway/concluded.ts'
import { type WaiverAnswer, WaiverCommandAnswer } from '../gateway/waiver-answer.ts'
import { instantText } from '../terminal/instant.ts'

/** What names a waiver. */
export const WAIVER = [
  { name: 'WAIVER', description: 'its id, as `portcullis waivers list` shows it' },
] as const

/** Sends a command on waivers, and prints what became of it. */
export async function waiverCommand(
  { installation, terminal }: Cli,
  path: string,
  body: object,
): Promise<ExitCode> {
  const asked = await askFor(installation, { method: 'POST', path, body }, WaiverCommandAnswer)
  return concluded(terminal, asked, { linesOf: ({ waiver }) => [sentenceOf(waiver)] })
}

function sentenceOf(waiver: WaiverAnswer): string {
  const { id, status, until } = waiver
  const about = aboutText(waiver)
  switch (status) {
    case 'pending':
      return `${id} waits for a second person: ${about}, until ${instantText(until)}.`
    case 'active':
      return `${id} is active: ${about}, until ${instantText(until)}.`
    case 'ended':
      return `${id} has ended: ${about}.`
    case 'revoked':
      return `${id} is revoked: ${about}.`
  }
}

/** Returns what a waiver lets through, in a few words. */
export function aboutText({
  service,
  environment,
  version,
  policies,
  rules,
}: WaiverAnswer): string {
  const what = version === null ? service : `${service} ${version}`
  const where = environment === DEFAULT_ENVIRONMENT ? '' : ` in ${environment}`
  const despite = rules === null ? 'all rules' : rules.join(', ')
  const of = policies === null ? '' : ` of ${policies.join(', ')}`
  return `${what}${where} despite ${despite}${of}`
}
