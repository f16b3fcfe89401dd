import { readFile, writeFile } from 'node:fs/promises'

import { type Bench, isMet } from './bench.ts'
import type { Machine } from './machine.ts'
import type { Report } from './report.ts'

const PAGE = new URL('../../docs/performance.md', import.meta.url)
const BEGIN = '<!-- Between these marks `npm run bench` writes. -->'
const END = '<!-- End of what `npm run bench` writes. -->'

/** A bench with what it measured. */
export interface Result {
  readonly bench: Bench
  readonly report: Report
}

/** Writes the table into docs/performance.md, between the marks. Throws when they are not there. */
export async function writePerformancePage(results: readonly Result[], day: string): Promise<void> {
  const page = await readFile(PAGE, 'utf8')
  await writeFile(PAGE, withTable(page, tableOf(results, day)))
}

/** Returns the page with what is between its marks replaced. */
export function withTable(page: string, table: string): string {
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin === -1 || end < begin) throw new Error('The page has no marks for the table.')
  return `${page.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${page.slice(end)}`
}

/** Returns the machine in a sentence, and a row for each figure. */
export function tableOf(results: readonly Result[], day: string): string {
  const figures = results.flatMap(({ bench, report }) =>
    bench.targets.map((target) => {
      const figure = report.figures[target.key]!
      const met = isMet(target, figure) ? 'yes' : '**no**'
      const bound = `${target.bound} ${shown(target.limit)}`
      return [bench.name, `\`${target.key}\``, shown(figure), bound, met]
    }),
  )
  const head = ['bench', 'key', 'measured', 'bound', 'met']
  return [machineLine(results, day), '', ...paddedTable(head, figures, FIGURES)].join('\n')
}

/** Columns of figures end at the right. */
const FIGURES = [2, 3]

/**
 * Returns the lines of a table as oxfmt leaves them: `npm run check` takes the page as it is written. Columns of figures,
 * whose numbers are given, end at the right.
 */
export function paddedTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  figures: readonly number[],
): string[] {
  const right = new Set(figures)
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]!.length)),
  )
  const lineOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const padded = (row: readonly string[]): string =>
    lineOf(
      row.map((cell, column) =>
        right.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      ),
    )
  const rule = widths.map((width, column) =>
    right.has(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  )
  return [padded(head), lineOf(rule), ...rows.map(padded)]
}

function machineLine(results: readonly Result[], day: string): string {
  const machines = results.map(({ report }) => report.machine)
  const { cpu, cores, memory_gib, node } = machines[0]!
  const postgres = machines.map((machine: Machine) => machine.postgres).find((one) => one !== null)
  const server = postgres === undefined ? '' : `, PostgreSQL ${postgres}`
  return `Measured on ${day}: ${cpu}, ${cores} cores, ${memory_gib} GiB, Node ${node.slice(1)}${server}.`
}

function shown(figure: number): string {
  return figure.toLocaleString('en-US', { maximumFractionDigits: 3 })
}
