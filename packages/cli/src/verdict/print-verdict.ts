import { findingText } from '../findings/finding-text.ts'
import { instantText } from '../terminal/instant.ts'
import { printable } from '../terminal/printable.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { outcomeWord } from './outcome-word.ts'
import { answerOf, type Finding, type VerdictAnswer } from './verdict-answer.ts'

/** Prints a verdict: what it says, of what, why, and what would open it. */
export function printVerdict(terminal: Terminal, verdict: VerdictAnswer): void {
  const { paint } = terminal
  const { outcome, violations, warnings, waived, needs } = verdict
  const word = outcomeWord(answerOf(verdict), paint)
  terminal.line(`${word}  ${printable(scopeText(verdict))}`)
  printFindings(terminal, outcome === 'undecided' ? 'Cannot be known' : 'Why', violations)
  printFindings(terminal, 'Let through by a waiver', waived)
  printFindings(terminal, 'Warnings', warnings)
  printRows(
    terminal,
    ['TO PASS IT NEEDS'],
    needs.map((need) => [need]),
  )
  if (violations.length + warnings.length + waived.length + needs.length > 0) terminal.line()
  terminal.line(paint.faint(occasionText(verdict)))
}

function scopeText({ service, env, version, release }: VerdictAnswer): string {
  const what = service ?? 'all services'
  const which = version === null ? '' : ` ${version}`
  return `${what}${which} in ${env}${release === null ? '' : `, release ${release}`}`
}

function printFindings(terminal: Terminal, title: string, findings: readonly Finding[]): void {
  const rows = findings.map((finding) => [
    finding.service ?? 'all',
    finding.route ?? '-',
    findingText(finding),
  ])
  printRows(terminal, ['SERVICE', 'ROUTE', title.toUpperCase()], rows)
}

function printRows(
  terminal: Terminal,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  if (rows.length === 0) return
  terminal.line()
  terminal.table({ head, rows })
}

function occasionText({ as_of, position, opens_at, precision }: VerdictAnswer): string {
  const isPast = precision !== undefined
  const parts = [
    `${isPast ? 'As it was at' : 'As of'} ${printable(as_of)}`,
    ...(position === null ? [] : [`log position ${position}`]),
    ...(precision === 'minute' ? ['by the minute'] : []),
  ]
  return `${parts.join(', ')}.${opens_at === null ? '' : opensText(opens_at, isPast)}`
}

function opensText(opensAt: string, isPast: boolean): string {
  const verb = isPast ? 'could have opened' : 'opens'
  return ` It ${verb} at ${instantText(Date.parse(opensAt))} at the earliest.`
}
