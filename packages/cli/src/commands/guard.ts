import { Outcome } from '@portcullis/contracts'
import { z } from 'zod'

import { type Cli, defineCommand } from '../command.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { failure } from '../failure.ts'
import { findingText } from '../findings/finding-text.ts'
import { askGateway, type GatewayAnswer } from '../gateway/ask-gateway.ts'
import { refusalOf } from '../gateway/refusal.ts'
import { printable } from '../terminal/printable.ts'

const Finding = z.object({
  reason: z.string(),
  service: z.string().nullable(),
  route: z.string().nullable(),
  evidence: z.record(z.string(), z.unknown()),
})
type Finding = z.infer<typeof Finding>

/** What is read of a verdict; a newer gateway may say more. */
const VerdictAnswer = z.object({
  service: z.string().nullable(),
  env: z.string(),
  version: z.string().nullable(),
  release: z.string().nullable(),
  outcome: Outcome,
  violations: z.array(Finding),
  warnings: z.array(Finding),
  position: z.number().nullable(),
  as_of: z.string(),
})
type VerdictAnswer = z.infer<typeof VerdictAnswer>

const EXITS: Readonly<Record<Outcome, ExitCode>> = {
  pass: EXIT.ok,
  fail: EXIT.no,
  undecided: EXIT.undecided,
}

const WORDS: Readonly<Record<Outcome, string>> = {
  pass: 'PASS',
  fail: 'BLOCKED',
  undecided: 'UNDECIDED',
}

export const guard = defineCommand({
  name: 'guard',
  summary: 'may I release now, and why not?',
  details:
    'Asks the gateway at PORTCULLIS_URL with PORTCULLIS_TOKEN, by default the one on this machine.\n' +
    'Exits with 0 when it passes, 1 when it is blocked, 3 when it cannot be known, 4 when the gateway\n' +
    'cannot be reached: a pipeline that stops at everything but 0 fails closed.',
  options: {
    service: { type: 'string', value: 'NAME', description: 'only this service; all by default' },
    environment: { type: 'string', value: 'NAME', description: 'production by default' },
    version: { type: 'string', value: 'NAME', description: 'only what this version served' },
    json: { type: 'boolean', description: 'print the verdict as the gateway gave it' },
  },
  examples: ['--service shop', '--service shop --environment staging --json'],
  run: async ({ installation, terminal }, { json, ...asked }) => {
    const answer = await askGateway(installation, {
      path: '/ops/release-guard',
      // Nothing on the way swaps the body of a 200 for a page of its own.
      query: { ...asked, blocked_status: '200' },
    })
    const verdict = verdictOf(answer)
    if (json) terminal.json(answer.body)
    else print(terminal, verdict)
    return EXITS[verdict.outcome]
  },
})

function verdictOf(answer: GatewayAnswer): VerdictAnswer {
  const parsed = VerdictAnswer.safeParse(answer.body)
  if (parsed.success) return parsed.data
  // A gateway has a guard, so a 404 is somebody else's; and 1 would say that the release is blocked.
  if (answer.status === 404) {
    throw failure(EXIT.unreachable, 'there is no release guard at PORTCULLIS_URL; check it.')
  }
  throw refusalOf(answer)
}

function print(terminal: Cli['terminal'], verdict: VerdictAnswer): void {
  const { paint } = terminal
  const { outcome, violations, warnings, position } = verdict
  const style = { pass: paint.good, fail: paint.bad, undecided: paint.doubtful }[outcome]
  terminal.line(`${style(WORDS[outcome])}  ${printable(scopeText(verdict))}`)
  printFindings(terminal, outcome === 'undecided' ? 'Cannot be known' : 'Why', violations)
  printFindings(terminal, 'Warnings', warnings)
  if (violations.length + warnings.length > 0) terminal.line()
  const at = position === null ? '' : `, log position ${position}`
  terminal.line(paint.faint(`As of ${verdict.as_of}${at}.`))
}

function scopeText({ service, env, version, release }: VerdictAnswer): string {
  const what = service ?? 'all services'
  const which = version === null ? '' : ` ${version}`
  return `${what}${which} in ${env}${release === null ? '' : `, release ${release}`}`
}

function printFindings(
  terminal: Cli['terminal'],
  title: string,
  findings: readonly Finding[],
): void {
  if (findings.length === 0) return
  terminal.line()
  terminal.table({
    head: ['SERVICE', 'ROUTE', title.toUpperCase()],
    rows: findings.map((finding) => [
      finding.service ?? 'all',
      finding.route ?? '-',
      findingText(finding),
    ]),
  })
}
