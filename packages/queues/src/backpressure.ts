import { type EpochMs, SECOND_MS } from '@portcullis/contracts'

import type { BullQueue, QueueBackend } from './backend.ts'

/** A look at a queue. */
export interface QueueFigures {
  readonly waiting: number
  readonly active: number
  /** Jobs that failed and wait to be tried again. */
  readonly delayed: number
  /** The failed set: parked jobs, and what the sweep has not dealt with yet. */
  readonly failed: number
  /** Age of the next job to be taken, 0 when none waits. It tells whether work progresses. */
  readonly oldestWaitingMs: number
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
  return {
    figuresOf: (queue) => looks.get(queue)?.figures,
    fullnessOf: (queue) => {
      const last = looks.get(queue)
      const stale = last === undefined || clock.now() - last.at > POLLS_MISSED_MAX * pollMs
      return stale ? isFull('unreachable', 0) : fullnessOf(last.figures, limits)
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

async function lookAt(queue: BullQueue, clock: { now(): EpochMs }): Promise<QueueFigures> {
  const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed')
  const waiting = (counts['waiting'] ?? 0) + (counts['paused'] ?? 0)
  return {
    waiting,
    active: counts['active'] ?? 0,
    delayed: counts['delayed'] ?? 0,
    failed: counts['failed'] ?? 0,
    oldestWaitingMs: waiting === 0 ? 0 : await oldestWaitingMs(queue, waiting, clock),
  }
}

async function oldestWaitingMs(
  queue: BullQueue,
  waiting: number,
  clock: { now(): EpochMs },
): Promise<number> {
  // The last of the list, newest first: asked for oldest first, Postgres gives the newest one.
  const [oldest] = await queue.getJobs(['waiting'], waiting - 1, waiting - 1, false)
  // Gone when the queue got shorter since the count: then it progresses.
  return oldest === undefined ? 0 : Math.max(0, clock.now() - oldest.timestamp)
}
