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

function occasionText({ as_of, position, opens_at }: VerdictAnswer): string {
  const at = position === null ? '' : `, log position ${position}`
  const opens =
    opens_at === null ? '' : ` It opens at ${instantText(Date.parse(opens_at))} at the earliest.`
  return `As of ${printable(as_of)}${at}.${opens}`
}
