import { createPaint, type Paint } from './paint.ts'
import { formatTable, type Table } from './table.ts'

/** Where a command writes to. */
export interface Output {
  /** Calls back when the text is taken, or could not be. */
  write(text: string, done?: (error?: Error | null) => void): unknown
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
  /** Text that is too long to be held, as fast as it is read. */
  pour(texts: AsyncIterable<string>): Promise<void>
  /** One JSON value, for programs. */
  json(value: unknown): void
  /** To standard error, so that a script that reads the answer does not read this. */
  note(text: string): void
  /** How far a long task is, over what was said before; only for a person who looks at it. */
  progress(text: string): void
}

export interface TerminalStreams {
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
}

/** To the start of the line, and nothing of what stood there (ECMA-48, EL). */
const CLEAR_LINE = '\r\u001b[K'

/** Returns a terminal on two streams: coloured for people, unless NO_COLOR (no-color.org) is set. */
export function createTerminal({ stdout, stderr, env }: TerminalStreams): Terminal {
  const isPlain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb'
  const paint = createPaint(stdout.isTTY === true && !isPlain)
  const width = stdout.isTTY === true ? stdout.columns : undefined
  const isWatched = stderr.isTTY === true
  const line = (text = ''): void => void stdout.write(`${text}\n`)
  return {
    paint,
    line,
    table: (table) => formatTable(table, { paint, width }).forEach((row) => line(row)),
    pour: async (texts) => {
      for await (const text of texts) await written(stdout, text)
    },
    json: (value) => line(JSON.stringify(value, undefined, 2)),
    note: (text) => void stderr.write(`${text}\n`),
    progress: (text) => void (isWatched && stderr.write(CLEAR_LINE + text)),
  }
}

async function written(output: Output, text: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  output.write(text, (error) => (error ? reject(error) : resolve()))
  return promise
}
