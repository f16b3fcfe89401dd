import { SECOND_MS } from '@portcullis/contracts'

import type { Pace } from '../pace.ts'
import type { Answered, Reply } from './ask-verdict.ts'
import { PAUSE_MS_MIN, pauseMsAfter } from './pause-after.ts'
import { answerOf } from './verdict-answer.ts'

/** Longer than any verdict takes; what hangs is better asked again, maybe of another gateway. */
const QUESTION_MS_MAX = 10 * SECOND_MS
/** The last question has so much time to be answered before the deadline. */
const LAST_QUESTION_MS = SECOND_MS

export interface WaitParts {
  readonly ask: (limit: AbortSignal) => Promise<Reply>
  readonly pace: Pace
  /** Told of every reply after which the wait goes on. */
  readonly onReply: (reply: Reply) => void
}

export interface WaitLimits {
  readonly waitMs: number
  /** Whether a verdict that fails ends the wait. */
  readonly failFast: boolean
}

/** What a wait ended with. */
export interface WaitEnd {
  readonly reply: Reply
  /** The last reply that was a verdict: that one, or one before it. */
  readonly lastVerdict: Answered | undefined
}

/**
 * Asks until the verdict passes or the time is over, and returns the last reply. A verdict that
 * fails may still turn: routes heal, and incidents are taken over.
 *
 * A question that the deadline cuts off says nothing, and the reply before it counts. Otherwise an
 * answer that is a second late would turn a blocked release into a gateway that is away.
 */
export async function waitForVerdict(
  { ask, pace, onReply }: WaitParts,
  { waitMs, failFast }: WaitLimits,
): Promise<WaitEnd> {
  const deadlineMs = pace.elapsedMs() + waitMs
  let end: WaitEnd | undefined
  let silences = 0
  for (;;) {
    const questionMs = Math.max(1, Math.min(QUESTION_MS_MAX, deadlineMs - pace.elapsedMs()))
    const limit = pace.limit(questionMs)
    const reply = await ask(limit)
    const isCutOff = reply.kind === 'silence' && limit.aborted && questionMs < QUESTION_MS_MAX
    if (end !== undefined && isCutOff) return end
    end = { reply, lastVerdict: reply.kind === 'verdict' ? reply : end?.lastVerdict }
    if (isDecided(reply, failFast)) return end
    const roomMs = deadlineMs - LAST_QUESTION_MS - pace.elapsedMs()
    if (roomMs < PAUSE_MS_MIN) return end
    onReply(reply)
    silences = reply.kind === 'silence' ? silences + 1 : 0
    const pauseMs = pauseMsAfter(reply, { silences, share: pace.share() })
    await pace.pause(Math.min(pauseMs, roomMs))
  }
}

function isDecided(reply: Reply, failFast: boolean): boolean {
  if (reply.kind === 'silence') return false
  const answer = answerOf(reply.verdict)
  return answer === 'pass' || (failFast && answer === 'fail')
}
