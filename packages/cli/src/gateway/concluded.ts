import { EXIT, type ExitCode } from '../exit.ts'
import { printable } from '../terminal/printable.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { Asked } from './ask-for.ts'
import type { Waiting } from './waiting.ts'

/** How what was decided is told. */
interface Telling<Decided> {
  /** Whether a program reads the answer. */
  readonly json?: boolean
  /** Returns it in words. */
  readonly linesOf: (decided: Decided) => readonly string[]
}

/** Prints what became of a command, or that it still waits to be decided, and returns how the call ends. */
export function concluded<Decided extends object>(
  terminal: Terminal,
  { data, body }: Asked<Decided | Waiting>,
  { json = false, linesOf }: Telling<Decided>,
): ExitCode {
  if (json) terminal.json(body)
  if (isWaiting(data)) {
    if (!json) terminal.line(`Accepted as command ${data.command_id}, and not decided yet.`)
    return EXIT.undecided
  }
  if (!json) for (const line of linesOf(data)) terminal.line(printable(line))
  return EXIT.ok
}

function isWaiting(answer: object): answer is Waiting {
  return 'command_id' in answer
}
