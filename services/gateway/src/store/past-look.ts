import type { EpochMs, ProjectId } from '@portcullis/contracts'
import { isRetryable } from '@portcullis/event-log'
import type { Db } from '@portcullis/event-log'
import {
  inPast,
  isoOf,
  type LogThen,
  type NoPast,
  type PastAsked,
  type PastParts,
  type PastView,
  pastView,
} from '@portcullis/projections'
import pLimit from 'p-limit'

import { type Problem, problem } from '../problem/problem.ts'

/** Looks at the past; throws a problem where nothing can be said of it. */
export interface PastLook {
  view(asked: PastAsked): Promise<PastView>
  /** Reads what the log says, as of an instant. */
  read<Result>(
    at: EpochMs,
    read: (tx: Db, project: ProjectId, then: LogThen) => Promise<Result>,
  ): Promise<Result>
  /** Goes through a long time; a problem names `to`, where that is not over. */
  walk<Result>(go: (parts: PastParts) => Promise<Result | NoPast>): Promise<Result>
}

/** A look folds minutes of batches: more at once would hold up the answers about the present. */
const AT_ONCE = 2
/** Who would wait behind more had better ask again. */
const WAITING_MAX = 32
/** Seconds: about as long as those that wait take. */
const RETRY_SECONDS = 5

/** A walk takes seconds to minutes: looks do not wait for it, only other walks do. */
const WALKS_AT_ONCE = 1
const WALKS_WAITING_MAX = 4
const WALK_RETRY_SECONDS = 30

/** Makes a look at the past of a project. */
export function createPastLook(parts: PastParts): PastLook {
  const look = turnsOf({ atOnce: AT_ONCE, waitingMax: WAITING_MAX, retrySeconds: RETRY_SECONDS })
  const walk = turnsOf({
    atOnce: WALKS_AT_ONCE,
    waitingMax: WALKS_WAITING_MAX,
    retrySeconds: WALK_RETRY_SECONDS,
  })
  return {
    view: (asked) => look('at', () => pastView(parts, asked)),
    read: (at, read) => {
      const { pool, project } = parts
      return look('at', () => inPast(pool, { project, at }, (tx, then) => read(tx, project, then)))
    },
    walk: (go) => walk('to', () => go(parts)),
  }
}

interface TurnLimits {
  readonly atOnce: number
  readonly waitingMax: number
  /** When whoever finds too many waiting had better come again. */
  readonly retrySeconds: number
}

/** `field` is the parameter that says how far work reaches. */
type InTurn = <Result>(field: string, work: () => Promise<Result | NoPast>) => Promise<Result>

function turnsOf({ atOnce, waitingMax, retrySeconds }: TurnLimits): InTurn {
  const limit = pLimit(atOnce)
  return async (field, work) => {
    if (limit.pendingCount >= waitingMax) {
      const detail = 'too many questions about the past wait already'
      throw problem('RATE_LIMIT_EXCEEDED', { detail, retryAfterSeconds: retrySeconds })
    }
    const found = await limit(work).catch((error: unknown) => {
      if (!isRetryable(error)) throw error
      throw problem('STORE_UNAVAILABLE', { retryAfterSeconds: RETRY_SECONDS, cause: error })
    })
    if (isNoPast(found)) throw problemOf(found, field)
    return found
  }
}

function isNoPast<Result>(found: Result | NoPast): found is NoPast {
  return typeof found === 'object' && found !== null && 'rejected' in found
}

/** Returns the problem of an instant of which nothing can be said; `field` is the parameter that named it. */
export function problemOf(found: NoPast, field: string): Problem {
  switch (found.rejected) {
    case 'in_future':
      return problem('INVALID_PARAMETER', {
        errors: [
          {
            field,
            message: `is in the future: it is ${isoOf(found.now)}`,
            fix: 'Ask for an instant that is over, or leave it out.',
          },
        ],
      })
    case 'before_the_log': {
      const began_at = found.beganAt === null ? null : isoOf(found.beganAt)
      const detail =
        began_at === null ? 'nothing has been recorded yet' : `the log begins at ${began_at}`
      return problem('BEFORE_THE_LOG', { detail, more: { began_at } })
    }
    case 'no_longer_kept': {
      const kept_since = isoOf(found.keptSince)
      const detail = `figures are kept since ${kept_since}`
      return problem('NO_LONGER_KEPT', { detail, more: { kept_since } })
    }
    case 'unknown_heads':
      return problem('INVALID_PARAMETER', {
        errors: [
          {
            field: 'heads',
            message: 'are no heads of this log: it has another number of shards, or is not as long',
            fix: 'Give `heads` of an answer of this gateway: `log`, then each of `metrics`.',
          },
        ],
      })
  }
}
