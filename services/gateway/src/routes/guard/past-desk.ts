import { type EpochMs, type Heads, secondStartOf, type ServiceName } from '@portcullis/contracts'
import { fullVerdict } from '@portcullis/domain'
import { type RouteJudgement, type Trust, verdictInputs } from '@portcullis/projections'
import type { Clock } from '@portcullis/runtime'

import type { PastLook } from '../../store/past-look.ts'
import { answerOf, type GuardAnswer } from './answer.ts'
import type { OpenQuestion } from './guard-desk.ts'

/** What answers about the past stand on. */
export interface PastDeskParts {
  readonly past: PastLook
  readonly judgement: RouteJudgement
  readonly shardOf: (service: ServiceName) => number
  /** What the settings show as `release`; undefined shows the newest that was known. */
  readonly release: string | undefined
  readonly clock: Clock
}

/** When a question was, or would have been, asked. */
export interface AskedThen {
  readonly at: EpochMs
  readonly heads?: Heads | undefined
}

/** Answers what would have been answered at an instant. */
export interface PastDesk {
  answer(question: OpenQuestion, then: AskedThen): Promise<GuardAnswer>
}

/** Makes the desk. Nothing is kept: the same question about the past is seldom asked twice. */
export function createPastDesk({
  past,
  judgement,
  shardOf,
  release,
  clock,
}: PastDeskParts): PastDesk {
  // What made it stale then is in no log.
  const trust: Trust = { behindMs: Infinity, shardOf, backlogMsOf: () => 0 }
  return {
    answer: async (question, then) => {
      const { service, environment, explain } = question
      const view = await past.view({ ...then, service, environment, budgets: 'of_rules' })
      const asOf = secondStartOf(view.look.now)
      const inputs = verdictInputs(view, question, { asOf, trust, judgement })
      const newest = view.log.releases.newest(question)?.version ?? null
      const whole = { ...question, release: release ?? newest }
      const found = fullVerdict(inputs, whole, { asOf, explain })
      return answerOf(found, { explain, generatedAt: clock.now(), precision: view.precision })
    },
  }
}
