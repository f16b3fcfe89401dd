import { type EpochMs, SECOND_MS } from '@portcullis/contracts'
import type { JobType } from 'bullmq'

import type { BullQueue, QueueBackend } from './backend.ts'

/** A look at a queue. */
export interface QueueFigures {
  /** Somebody paused it in Bull Board: what is in it waits until it is resumed. */
  readonly isPaused: boolean
  readonly waiting: number
  readonly active: number
  /** Jobs that failed and wait to be tried again. */
  readonly delayed: number
  /** The failed set: parked jobs, and what the sweep has not dealt with yet. */
  readonly failed: number
  /** Age of the next job to be taken, 0 when none waits. It tells whether work progresses. */
  readonly oldestWaitingMs: number
  /**
   * Age of the job that a worker has had in hand for longest, a dead worker for example, and of the
   * next one to be tried again; 0 when there is none.
   */
  readonly oldestBegunMs: number
}

export interface QueueLimits {
  /** Of jobs waiting, delayed or active. */
  readonly depthMax: number
  readonly oldestWaitingMsMax: number
}

export type Fullness =
  | { readonly full: false }
  | {
      readonly full: true
      readonly reason: 'depth' | 'age' | 'unreachable'
      readonly retryAfterMs: number
    }

export interface QueueWatchOptions {
  readonly queues: readonly string[]
  readonly limits: QueueLimits
  readonly clock: { now(): EpochMs }
  /** The queues are looked at this often, each look after the one before it ended. */
  readonly pollMs?: number
  readonly onError: (error: unknown) => void
}

export interface QueueWatch {
  /** The newest look at a queue; undefined until there was one. */
  figuresOf(queue: string): QueueFigures | undefined
  /** Whether a queue takes no more work. What could not be looked at for a while counts as full. */
  fullnessOf(queue: string): Fullness
  /**
   * Age of the oldest job that is not done, as far as is known. While a queue cannot be looked at,
   * something may have waited since the last look; before the first one it is Infinity.
   */
  backlogMsOf(queue: string): number
  /** Looks at once, and resolves when all queues were looked at; throws where that is impossible. */
  look(): Promise<void>
  close(): Promise<void>
}

const POLL_MS = SECOND_MS

/** So many polls may fail before the figures are no longer believed. */
const POLLS_MISSED_MAX = 5

const RETRY_AFTER_MS_MIN = SECOND_MS
const RETRY_AFTER_MS_MAX = 30 * SECOND_MS

/**
 * Looks at queues in the background, so that asking costs nothing: no request waits for a count.
 * Between two looks a queue may get somewhat deeper than its limit.
 */
export function watchQueues(backend: QueueBackend, options: QueueWatchOptions): QueueWatch {
  const { clock, limits, pollMs = POLL_MS } = options
  const looks = new Map<string, { readonly figures: QueueFigures; readonly at: EpochMs }>()
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let polling: Promise<void> = Promise.resolve()

  const look = async (): Promise<void> => {
    for (const name of options.queues) {
      const figures = await lookAt(backend.queue(name), clock)
      looks.set(name, { figures, at: clock.now() })
    }
  }
  const poll = async (): Promise<void> => {
    await look().catch(options.onError)
    if (!closed) timer = setTimeout(startPoll, pollMs)
  }
  const startPoll = (): void => {
    polling = poll()
  }
  startPoll()
  const isLate = (at: EpochMs): boolean => clock.now() - at > POLLS_MISSED_MAX * pollMs
  return {
    figuresOf: (queue) => looks.get(queue)?.figures,
    fullnessOf: (queue) => {
      const last = looks.get(queue)
      const isStale = last === undefined || isLate(last.at)
      return isStale ? isFull('unreachable', 0) : fullnessOf(last.figures, limits)
    },
    backlogMsOf: (queue) => {
      const last = looks.get(queue)
      if (last === undefined) return Infinity
      const { oldestWaitingMs, oldestBegunMs } = last.figures
      const oldestMs = Math.max(oldestWaitingMs, oldestBegunMs)
      return isLate(last.at) ? oldestMs + clock.now() - last.at : oldestMs
    },
    look,
    close: async () => {
      closed = true
      clearTimeout(timer)
      await polling
    },
  }
}

/** Returns whether figures are beyond the limits; `retryAfterMs` is about what the backlog has waited. */
export function fullnessOf(figures: QueueFigures, limits: QueueLimits): Fullness {
  const depth = figures.waiting + figures.active + figures.delayed
  if (depth >= limits.depthMax) return isFull('depth', figures.oldestWaitingMs)
  if (figures.oldestWaitingMs > limits.oldestWaitingMsMax) {
    return isFull('age', figures.oldestWaitingMs)
  }
  return { full: false }
}

function isFull(reason: 'depth' | 'age' | 'unreachable', waitedMs: number): Fullness {
  const retryAfterMs = Math.min(Math.max(waitedMs, RETRY_AFTER_MS_MIN), RETRY_AFTER_MS_MAX)
  return { full: true, reason, retryAfterMs }
}

/**
 * What waits in a paused queue: on Postgres it is counted under this name alone, on Redis it stays
 * `waiting`. BullMQ's types have forgotten the name.
 */
const PAUSED = 'paused' as JobType

async function lookAt(queue: BullQueue, clock: { now(): EpochMs }): Promise<QueueFigures> {
  const isPaused = await queue.isPaused()
  const counts = await queue.getJobCounts('waiting', PAUSED, 'active', 'delayed', 'failed')
  const waiting = (counts['waiting'] ?? 0) + (counts[PAUSED] ?? 0)
  const { active = 0, delayed = 0, failed = 0 } = counts
  const ageOf = (job: { readonly timestamp: number } | undefined): number =>
    // Gone when it was taken or done since the count: then the queue progresses.
    job === undefined ? 0 : Math.max(0, clock.now() - job.timestamp)
  // The last of a list, newest first: asked for oldest first, Postgres gives the newest one.
  const oldestOf = async (state: 'waiting' | 'active', count: number): Promise<number> =>
    count === 0 ? 0 : ageOf((await queue.getJobs([state], count - 1, count - 1, false))[0])
  const nextDelayed = delayed === 0 ? undefined : (await queue.getJobs(['delayed'], 0, 0, true))[0]
  const oldestActiveMs = await oldestOf('active', active)
  return {
    isPaused,
    waiting,
    active,
    delayed,
    failed,
    oldestWaitingMs: await oldestOf('waiting', waiting),
    oldestBegunMs: Math.max(oldestActiveMs, ageOf(nextDelayed)),
  }
}
