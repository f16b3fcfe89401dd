import { type EpochMs, SECOND_MS } from '@portcullis/contracts'

import type { QueueBackend } from './backend.ts'
import { lookAtQueue, type QueueFigures, type QueueMemory } from './look-at-queue.ts'

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
  const memories = new Map<string, QueueMemory>()
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let polling: Promise<void> = Promise.resolve()

  const memoryOf = (name: string): QueueMemory => {
    const found = memories.get(name) ?? { waiting: 0, delayed: new Map() }
    memories.set(name, found)
    return found
  }
  const look = async (): Promise<void> => {
    for (const name of options.queues) {
      const figures = await lookAtQueue(backend.queue(name), clock, memoryOf(name))
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
