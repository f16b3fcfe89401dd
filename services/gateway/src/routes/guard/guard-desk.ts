import type { EnvironmentName, EpochMs, LogPosition, ServiceName } from '@portcullis/contracts'
import { SECOND_MS } from '@portcullis/contracts'
import {
  type GuardQuestion,
  opensAt,
  type Verdict,
  verdict,
  type VerdictInputs,
} from '@portcullis/domain'
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

/** Finds the version that went live last, and was not taken back, as of a position: of one service or of all. */
export type FindRelease = (asked: {
  readonly service: ServiceName | null
  readonly environment: EnvironmentName
  readonly upTo: LogPosition
}) => Promise<string | null>

/** What answers stand on. */
export interface GuardDeskParts {
  readonly live: LiveViews
  readonly judgement: RouteJudgement
  readonly trust: Trust
  /** What the settings show as `release`; undefined shows the newest that is known. */
  readonly release: string | undefined
  readonly findRelease: FindRelease
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
  const releases = new Map<string, { position: number; release: string | null }>()

  const releaseOf = async (view: LiveView, question: OpenQuestion): Promise<string | null> => {
    if (parts.release !== undefined) return parts.release
    const { service, environment } = question
    const key = `${service ?? ''}\n${environment}`
    const known = releases.get(key)
    const upTo = view.heads.log
    if (known?.position === upTo) return known.release
    const release = await parts.findRelease({ service, environment, upTo })
    if (releases.size >= KEPT_MAX) releases.clear()
    releases.set(key, { position: upTo, release })
    return release
  }
  /** Answers that were given from what this view shows as well; no others are worth keeping. */
  const answersFrom = (view: LiveView): Map<string, GuardAnswer> => {
    if (view === seen) return kept.answers
    const stamp = stampOf(view, secondOf(view.look.now))
    if (stamp !== kept.stamp || kept.answers.size >= KEPT_MAX) kept = { stamp, answers: new Map() }
    seen = view
    return kept.answers
  }
  let policies: LiveView['policies'] = new Map()
  /** At once: the next look changes the view that the inputs are of. */
  const judged = (inputs: VerdictInputs, question: OpenQuestion, asOf: EpochMs): Verdict => {
    const whole = { ...question, release: null }
    const now = verdict(inputs, whole, asOf)
    return { ...now, opens_at: opensAt(inputs, whole, now) }
  }
  const answered = (
    found: Verdict,
    { explain }: OpenQuestion,
    release: string | null,
  ): GuardAnswer => answerOf({ ...found, release }, { explain, generatedAt: parts.clock.now() })

  return {
    answer: async (key, question) => {
      let view: LiveView
      try {
        view = await parts.live.next()
      } catch (error) {
        parts.log.warn({ err: error }, 'the guard cannot see the store')
        const asOf = secondOf(parts.clock.now())
        const found = judged(blind(error, policies), question, asOf)
        return answered(found, question, parts.release ?? null)
      }
      policies = view.policies
      const answers = answersFrom(view)
      const known = answers.get(key)
      if (known !== undefined) return known
      const asOf = secondOf(view.look.now)
      const { trust, judgement } = parts
      const inputs = verdictInputs(view, question, { asOf, trust, judgement })
      const found = judged(inputs, question, asOf)
      const answer = answered(found, question, await releaseOf(view, question))
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

/** A verdict is as of a whole second: within it, only what was committed can change it. */
function secondOf(now: EpochMs): EpochMs {
  return (now - (now % SECOND_MS)) as EpochMs
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
