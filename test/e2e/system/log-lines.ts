import { createInterface } from 'node:readline'

/** A line that a service wrote, or one that is no JSON: what Node prints of a process that dies. */
export interface LogLine {
  /** Of the process, for example `aggregator-0`. */
  readonly process: string
  readonly level: string
  readonly msg: string
  /** The line as it was written. */
  readonly text: string
}

/** What processes wrote. */
export interface LogLines {
  readonly all: readonly LogLine[]
  /** Reads a stream to its end, line by line. */
  follow(process: string, stream: NodeJS.ReadableStream): void
  /** Says that lines of this kind are no surprise; by default every `error` and `fatal` line is one. */
  announce(pattern: RegExp): void
  /** Lines of weight that nobody announced. */
  surprises(): readonly LogLine[]
}

const WEIGHTY = new Set(['error', 'fatal'])

/** Returns the log of a system that has written nothing yet. */
export function collectLogLines(): LogLines {
  const all: LogLine[] = []
  const announced: RegExp[] = []
  return {
    all,
    follow: (process, stream) => {
      createInterface({ input: stream }).on('line', (text) => all.push(parse(process, text)))
    },
    announce: (pattern) => void announced.push(pattern),
    surprises: () =>
      all.filter(
        (line) => WEIGHTY.has(line.level) && !announced.some((pattern) => pattern.test(line.text)),
      ),
  }
}

/** What is no line of the log counts as an error: services write nothing else by themselves. */
function parse(process: string, text: string): LogLine {
  try {
    const { level, msg } = JSON.parse(text) as { level: string; msg: string }
    return { process, level, msg, text }
  } catch {
    // Not JSON: the words of a process that dies without its logger.
    return { process, level: 'error', msg: text, text }
  }
}
