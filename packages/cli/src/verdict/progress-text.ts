import { findingText } from '../findings/finding-text.ts'
import { instantText } from '../terminal/instant.ts'
import { localTimeText } from '../terminal/local-time.ts'
import type { Paint } from '../terminal/paint.ts'
import { printable } from '../terminal/printable.ts'
import { spanText } from '../terminal/span.ts'
import type { Reply } from './ask-verdict.ts'
import { outcomeWord } from './outcome-word.ts'
import { answerOf, type Finding, type VerdictAnswer } from './verdict-answer.ts'

/** Where a wait stands. */
export interface Progress {
  /** Undefined until the first reply. */
  readonly reply: Reply | undefined
  readonly elapsedMs: number
  readonly leftMs: number
}

interface Look {
  readonly paint: Paint
  /** Epoch milliseconds. */
  readonly now: number
  /** By default the machine's. */
  readonly timeZone?: string
}

/** Returns the line that a person watches. What is longest comes last: a narrow terminal cuts it. */
export function liveText(progress: Progress, { paint, now, timeZone }: Look): string {
  const { reply, elapsedMs, leftMs } = progress
  const opensAt = opensAtOf(reply)
  return [
    wordOf(reply, paint),
    `${spanText(elapsedMs)}, ${spanText(leftMs)} left`,
    ...(opensAt === null ? [] : [`opens ${localTimeText(opensAt, now, timeZone)}`]),
    aboutText(reply),
  ]
    .filter((part) => part !== '')
    .join('  ')
}

/** Returns a line for a log, which is read later and elsewhere: its instants are in UTC. */
export function plainText({ reply, elapsedMs, leftMs }: Progress, paint: Paint): string {
  const opensAt = opensAtOf(reply)
  const opens = opensAt === null ? '' : `; opens at ${instantText(opensAt)} at the earliest`
  const times = `after ${spanText(elapsedMs)}, ${spanText(leftMs)} left`
  const about = aboutText(reply)
  return `${wordOf(reply, paint)} ${times}${about === '' ? '' : `: ${about}`}${opens}`
}

/** Returns what must differ for a reply to be news: not the figures, which never stand still. */
export function newsKey(reply: Reply): string {
  if (reply.kind === 'silence') return JSON.stringify([reply.kind, reply.why.message])
  const { reason, service, route } = firstFinding(reply.verdict) ?? {}
  return JSON.stringify([answerOf(reply.verdict), reason, service, route])
}

function wordOf(reply: Reply | undefined, paint: Paint): string {
  if (reply === undefined) return paint.strong('ASKING')
  return reply.kind === 'silence'
    ? paint.bad('NO VERDICT')
    : outcomeWord(answerOf(reply.verdict), paint)
}

function aboutText(reply: Reply | undefined): string {
  if (reply === undefined) return ''
  if (reply.kind === 'silence') return printable(reply.why.message)
  const finding = firstFinding(reply.verdict)
  if (finding === undefined) return ''
  const where = [finding.service ?? 'all services', finding.route ?? ''].join(' ').trimEnd()
  return printable(`${where}: ${findingText(finding)}`)
}

function firstFinding({ violations, warnings }: VerdictAnswer): Finding | undefined {
  return violations[0] ?? warnings[0]
}

function opensAtOf(reply: Reply | undefined): number | null {
  if (reply?.kind !== 'verdict' || reply.verdict.opens_at === null) return null
  return Date.parse(reply.verdict.opens_at)
}
