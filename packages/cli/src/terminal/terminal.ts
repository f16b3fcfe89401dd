import { createPaint, type Paint } from './paint.ts'
import { formatTable, type Table } from './table.ts'

/** Where a command writes to. */
export interface Output {
  write(text: string): unknown
  /** Whether a person looks at it; scripts get neither colours nor shortened lines. */
  readonly isTTY?: boolean
  /** Width in characters, of a terminal. */
  readonly columns?: number
}

/** What commands print with: answers go to standard output, all that is said beside them to the other. */
export interface Terminal {
  readonly paint: Paint
  line(text?: string): void
  table(table: Table): void
  /** One JSON value, for programs. */
  json(value: unknown): void
  /** To standard error, so that a script that reads the answer does not read this. */
  note(text: string): void
}

export interface TerminalStreams {
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Returns a terminal on two streams: coloured for people, unless NO_COLOR (no-color.org) is set. */
export function createTerminal({ stdout, stderr, env }: TerminalStreams): Terminal {
  const isPlain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb'
  const paint = createPaint(stdout.isTTY === true && !isPlain)
  const width = stdout.isTTY === true ? stdout.columns : undefined
  const line = (text = ''): void => void stdout.write(`${text}\n`)
  return {
    paint,
    line,
    table: (table) => formatTable(table, { paint, width }).forEach((row) => line(row)),
    json: (value) => line(JSON.stringify(value, undefined, 2)),
    note: (text) => void stderr.write(`${text}\n`),
  }
}
