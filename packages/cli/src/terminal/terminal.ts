import { fitted } from './fitted.ts'
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
  /** Whether a person looks at both streams, so that a line may be written over again and again. */
  readonly isLive: boolean
  line(text?: string): void
  table(table: Table): void
  /** Text that is too long to be held, as fast as it is read. */
  pour(texts: AsyncIterable<string>): Promise<void>
  /** One JSON value, for programs. */
  json(value: unknown): void
  /** To standard error, so that a script that reads the answer does not read this. */
  note(text: string): void
  /**
   * How far a long task is, over what was said before; only for a person who looks at it. It is cut to one
   * line, since only that one can be written over. The cursor stays where it can be seen: nothing is left to
   * be restored, however the process ends.
   */
  progress(text: string): void
}

export interface TerminalStreams {
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
}

const LINE_START = '\r'
/** Nothing of what stands behind the cursor (ECMA-48, EL). Written last: a line that is first emptied flickers. */
const CLEAR_REST = '\u001b[K'
/** Of a terminal that does not tell its own. */
const COLUMNS = 80

/** Returns a terminal on two streams: coloured for people, unless NO_COLOR (no-color.org) is set. */
export function createTerminal({ stdout, stderr, env }: TerminalStreams): Terminal {
  const isDumb = env['TERM'] === 'dumb'
  const isPlain = (env['NO_COLOR'] ?? '') !== '' || isDumb
  const paint = createPaint(stdout.isTTY === true && !isPlain)
  const width = stdout.isTTY === true ? stdout.columns : undefined
  const isWatched = stderr.isTTY === true && !isDumb
  const line = (text = ''): void => void stdout.write(`${text}\n`)
  return {
    paint,
    isLive: isWatched && stdout.isTTY === true && !isContinuousIntegration(env),
    line,
    table: (table) => formatTable(table, { paint, width }).forEach((row) => line(row)),
    pour: async (texts) => {
      for await (const text of texts) await written(stdout, text)
    },
    json: (value) => line(JSON.stringify(value, undefined, 2)),
    note: (text) => void stderr.write(`${text}\n`),
    progress: (text) => {
      // The last column is left free: a terminal that has written into it may be on the next line already.
      const shown = fitted(text, (stderr.columns ?? COLUMNS) - 1)
      if (isWatched) stderr.write(LINE_START + shown + CLEAR_REST)
    },
  }
}

/** CI services set `CI`, and some give their jobs a terminal that nobody looks at. */
function isContinuousIntegration({ CI: value = '' }: TerminalStreams['env']): boolean {
  return !['', '0', 'false'].includes(value)
}

async function written(output: Output, text: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  output.write(text, (error) => (error ? reject(error) : resolve()))
  return promise
}
