import type { Outcome } from '@portcullis/contracts'

import { EXIT, type ExitCode } from '../exit.ts'
import { failure } from '../failure.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { Unanswered } from './ask-verdict.ts'
import { printVerdict } from './print-verdict.ts'
import { answerOf } from './verdict-answer.ts'
import type { WaitEnd } from './wait-for-verdict.ts'

const EXITS: Readonly<Record<Outcome, ExitCode>> = {
  pass: EXIT.ok,
  fail: EXIT.no,
  undecided: EXIT.undecided,
}

interface Conclusion {
  /** Whether a program reads the verdict. */
  readonly json: boolean
  /** What `--on-unreachable pass` asks for. */
  readonly passesUnreachable: boolean
}

/** Prints what the questions ended with, and returns how the command ends. Throws where there is no verdict. */
export function conclude(
  terminal: Terminal,
  end: WaitEnd,
  { json, passesUnreachable }: Conclusion,
): ExitCode {
  const { reply } = end
  if (reply.kind === 'verdict') {
    if (json) terminal.json(reply.body)
    else printVerdict(terminal, reply.verdict)
    return EXITS[answerOf(reply.verdict)]
  }
  if (!passesUnreachable) throw reply.why
  return passWithoutVerdict(terminal, reply, end)
}

/**
 * Lets a release through that nobody judged. It must not let through what is known to be bad: a verdict
 * that failed, before the gateway went away, still stands. Nor is a wrong address an outage.
 */
function passWithoutVerdict(
  terminal: Terminal,
  { why, isOutage }: Unanswered,
  { lastVerdict }: Pick<WaitEnd, 'lastVerdict'>,
): ExitCode {
  if (!isOutage) throw unheeded(why, 'what answered is no gateway')
  if (lastVerdict !== undefined && answerOf(lastVerdict.verdict) === 'fail') {
    throw unheeded(why, 'the last verdict was that it is blocked')
  }
  terminal.note(
    `portcullis: PASSED WITHOUT A VERDICT, as --on-unreachable pass says: ${why.message}`,
  )
  return EXIT.ok
}

function unheeded(why: Error, because: string): Error {
  const sentence = `--on-unreachable pass does not count here: ${because}.`
  return failure(EXIT.unreachable, `${why.message} ${sentence}`, why)
}
