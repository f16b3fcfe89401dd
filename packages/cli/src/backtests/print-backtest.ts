import type { BacktestAnswer, BacktestTrial } from '../gateway/backtest-answer.ts'
import { countText } from '../terminal/count.ts'
import { instantText } from '../terminal/instant.ts'
import { spanText } from '../terminal/span.ts'
import type { Cell } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { outcomeCell } from '../verdict/outcome-word.ts'

/** Rows of each list that are shown; `--json` has all of them. */
const SHOWN_MAX = 20

/** Prints what policies would have said: figures side by side, then how the verdict changed, and each release. */
export function printBacktest(terminal: Terminal, answer: BacktestAnswer): void {
  terminal.line(headOf(answer))
  terminal.line()
  const names = answer.trials.map(({ name }) => name.toUpperCase())
  terminal.table({
    head: ['', ...names],
    rows: FIGURES.map(([label, text]) => [label, ...answer.trials.map((one) => text(one))]),
  })
  for (const trial of answer.trials) printChanges(terminal, trial)
  printReleases(terminal, answer)
}

function headOf({ from, to, step_s, service, environment, precision }: BacktestAnswer): string {
  const range = `${instantText(from)} to ${instantText(to)}, every ${spanText(step_s * 1_000)}`
  const exact = precision === 'exact' ? 'exact' : 'by the minute: batches of then are not kept'
  return `${service ?? 'All services'} in ${environment}, ${range}; ${exact}.`
}

/** What is told of a trial, a line each. */
const FIGURES: readonly (readonly [string, (trial: BacktestTrial) => string])[] = [
  ['Releases would have been held for', heldFor],
  ['Changes of the verdict', ({ changes }) => countText(Math.max(0, changes.length - 1), 'change')],
  ['Releases held', ({ held, releases }) => `${held} of ${releases.length}`],
  ['Releases let through', ({ held, releases }) => `${releases.length - held}`],
  ['Releases that an incident followed', ({ followed }) => `${followed}`],
  [
    'Precision: of those held, followed',
    (one) => shareText(one.precision, one.held_and_followed, one.held),
  ],
  [
    'Recall: of those followed, held',
    (one) => shareText(one.recall, one.held_and_followed, one.followed),
  ],
  ['Incidents after releases held', ({ incident_minutes }) => `${incident_minutes} minutes`],
]

function heldFor({ blocked_s, blocked_pct }: BacktestTrial): string {
  return blocked_s === 0 ? 'never' : `${spanText(blocked_s * 1_000)}, ${blocked_pct} % of the time`
}

function shareText(share: number | null, some: number, all: number): string {
  return share === null ? 'none' : `${Math.round(share * 100)} % (${some} of ${all})`
}

function printChanges(terminal: Terminal, { name, changes }: BacktestTrial): void {
  const shown = changes.slice(0, SHOWN_MAX)
  terminal.line()
  terminal.line(`THE VERDICT, ${name.toUpperCase()}`)
  terminal.table({
    head: ['AT', 'VERDICT', 'WHY'],
    rows: shown.map(({ at, outcome, reasons }): Cell[] => [
      instantText(at),
      outcomeCell(outcome, terminal.paint),
      reasons.join(', ') || '-',
    ]),
  })
  noteMore(terminal, changes.length - shown.length, 'change')
}

function printReleases(terminal: Terminal, { trials }: BacktestAnswer): void {
  const [first, ...others] = trials
  const { releases } = first!
  terminal.line()
  if (releases.length === 0) return terminal.line('No release was announced in that time.')
  terminal.line('RELEASES')
  const shown = releases.slice(0, SHOWN_MAX)
  terminal.table({
    head: [
      'AT',
      'SERVICE',
      'VERSION',
      ...trials.map(({ name }) => name.toUpperCase()),
      'FOLLOWED BY',
      'WHY HELD',
    ],
    rows: shown.map((release, nth): Cell[] => [
      instantText(release.at),
      release.service,
      release.version,
      ...[first!, ...others].map((one) => heldCell(one.releases[nth]!.held, terminal)),
      followedText(release),
      trials.find((one) => one.releases[nth]!.held)?.releases[nth]!.reasons.join(', ') || '-',
    ]),
  })
  noteMore(terminal, releases.length - shown.length, 'release')
}

function heldCell(held: boolean, { paint }: Terminal): Cell {
  return held ? { text: 'held', style: paint.bad } : { text: 'let through', style: paint.good }
}

function followedText({ at, incidents }: BacktestTrial['releases'][number]): string {
  const [first] = incidents
  if (first === undefined) return '-'
  return `${countText(incidents.length, 'incident')} after ${spanText(first.opened_at - at)}`
}

function noteMore(terminal: Terminal, left: number, noun: string): void {
  if (left > 0) terminal.line(`And ${countText(left, `more ${noun}`)}: --json shows all.`)
}
