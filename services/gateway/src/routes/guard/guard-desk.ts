import { type EpochMs, secondStartOf } from '@portcullis/contracts'
import { fullVerdict, type GuardQuestion, type VerdictInputs } from '@portcullis/domain'
import {
  blindGovernance,
  type LiveView,
  type LiveViews,
  type RouteJudgement,
  type Trust,
  verdictInputs,
} from '@portcullis/projections'
import type { Clock, Logger } from '@portcullis/runtime'

import { answerOf, type GuardAnswer } from './answer.ts'

/** A question whose `release` is not known yet, and whether every rule that was looked at is to be shown. */
export type OpenQuestion = Omit<GuardQuestion, 'release'> & { readonly explain: boolean }

/** What answers stand on. */
export interface GuardDeskParts {
  readonly live: LiveViews
  readonly judgement: RouteJudgement
  readonly trust: Trust
  /** What the settings show as `release`; undefined shows the newest that is known. */
  readonly release: string | undefined
  readonly clock: Clock
  readonly log: Logger
}

/** Answers the question whether something may be released. */
export interface GuardDesk {
  /** `key` tells questions apart; equal questions have equal keys. */
  answer(key: string, question: OpenQuestion): Promise<GuardAnswer>
}

/** What was answered from one state of the heads, within one second. */
interface Kept {
  readonly stamp: string
  /** By the keys of the questions. */
  readonly answers: Map<string, GuardAnswer>
}

/** Questions whose answers are kept; a pipeline asks few different ones. */
const KEPT_MAX = 1_000

/**
 * Makes the desk. An answer is computed once for each state of the heads and each second, and sent to
 * all who ask the same; every request still waits for a look that began after it arrived.
 */
export function createGuardDesk(parts: GuardDeskParts): GuardDesk {
  let seen: LiveView | undefined
  let kept: Kept = { stamp: '', answers: new Map() }

  /** Answers that were given from what this view shows as well; no others are worth keeping. */
  const answersFrom = (view: LiveView): Map<string, GuardAnswer> => {
    if (view === seen) return kept.answers
    const stamp = stampOf(view, secondStartOf(view.look.now))
    if (stamp !== kept.stamp || kept.answers.size >= KEPT_MAX) kept = { stamp, answers: new Map() }
    seen = view
    return kept.answers
  }
  /** At once: the next look changes the view that the inputs are of. */
  const answered = (
    inputs: VerdictInputs,
    { question, asOf, newest }: { question: OpenQuestion; asOf: EpochMs; newest: string | null },
  ): GuardAnswer => {
    const { explain } = question
    const whole = { ...question, release: parts.release ?? newest }
    const found = fullVerdict(inputs, whole, { asOf, explain })
    return answerOf(found, { explain, generatedAt: parts.clock.now() })
  }

  return {
    answer: async (key, question) => {
      let view: LiveView
      try {
        view = await parts.live.next()
      } catch (error) {
        parts.log.warn({ err: error }, 'the guard cannot see the store')
        const asOf = secondStartOf(parts.clock.now())
        const inputs = blind(error, seen?.policies ?? new Map())
        return answered(inputs, { question, asOf, newest: null })
      }
      const answers = answersFrom(view)
      const known = answers.get(key)
      if (known !== undefined) return known
      // A verdict is as of a whole second: within it, only what was committed can change it.
      const asOf = secondStartOf(view.look.now)
      const { trust, judgement } = parts
      const inputs = verdictInputs(view, question, { asOf, trust, judgement })
      const newest = view.log.releases.newest(question)?.version ?? null
      const answer = answered(inputs, { question, asOf, newest })
      answers.set(key, answer)
      return answer
    },
  }
}

/** All that an answer within this second depends on, beside the question: what was committed. */
function stampOf({ heads, look }: LiveView, asOf: EpochMs): string {
  const parked = look.parked.length === 0 ? '' : JSON.stringify(look.parked)
  return `${heads.log} ${heads.metrics.join(' ')} ${look.aggregatorBeatAt} ${parked} ${asOf}`
}

/** What is known when the store cannot be reached: that nothing is, and what policies made of that when they were last seen. */
function blind(error: unknown, policies: LiveView['policies']): VerdictInputs {
  const why = error instanceof Error && 'code' in error ? String(error.code) : 'no answer'
  return {
    routes: [],
    incidents: [],
    stale: [{ cause: 'store_unavailable', service: null, environment: null, evidence: { why } }],
    heads: null,
    freshnessMs: null,
    governance: blindGovernance(policies),
    waivers: [],
  }
}
