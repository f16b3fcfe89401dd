import type { EpochMs } from '@portcullis/contracts'
import type { JobType } from 'bullmq'

import type { BullQueue } from './backend.ts'

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
   * oldest one that waits to be tried again; 0 when there is none.
   */
  readonly oldestBegunMs: number
}

/**
 * What waits in a paused queue: on Postgres it is counted under this name alone, on Redis it stays
 * `waiting`. BullMQ's types have forgotten the name.
 */
const PAUSED = 'paused' as JobType

/** Jobs from the old end of a list that are looked at: some may be taken or done meanwhile. */
const OLD_END = 100

/** Jobs to be tried again that are looked at: far more than fail at a time. */
const DELAYED_MAX = 1_000

/** What earlier looks at a queue have seen. */
export interface QueueMemory {
  /** About how many jobs waited. */
  waiting: number
  /** When each job that waits to be tried again was added: they are sorted by when they are due. */
  readonly delayed: Map<string, number>
}

/**
 * Looks at a queue. A job that changes its state meanwhile is seen at least once: the states are read
 * in the order in which jobs go through them, waiting, active, failed or to be tried again, and at
 * last waiting again, for that is where a stalled one goes. Writes down in `memory` what the next look
 * need not find out.
 */
export async function lookAtQueue(
  queue: BullQueue,
  clock: { now(): EpochMs },
  memory: QueueMemory,
): Promise<QueueFigures> {
  const ageOf = (addedAt: number | undefined): number =>
    addedAt === undefined ? 0 : Math.max(0, clock.now() - addedAt)
  const oldestOf = async (state: 'waiting' | 'active', about: number): Promise<number> =>
    ageOf((await oldestJob(queue, state, about))?.timestamp)
  const isPaused = await queue.isPaused()
  const oldestWaitingMs = await oldestOf('waiting', memory.waiting)
  const oldestActiveMs = await oldestOf('active', 0)
  const counts = await queue.getJobCounts('waiting', PAUSED, 'active', 'delayed', 'failed')
  const waiting = (counts['waiting'] ?? 0) + (counts[PAUSED] ?? 0)
  const { active = 0, delayed = 0, failed = 0 } = counts
  const oldestDelayedMs = ageOf(delayed === 0 ? undefined : await oldestDelayed(queue, memory))
  memory.waiting = waiting
  return {
    isPaused,
    waiting,
    active,
    delayed,
    failed,
    oldestWaitingMs: Math.max(oldestWaitingMs, await oldestOf('waiting', waiting)),
    oldestBegunMs: Math.max(oldestActiveMs, oldestDelayedMs),
  }
}

/** Returns the oldest job of a list, which is its last: lists are read newest first. */
async function oldestJob(queue: BullQueue, state: 'waiting' | 'active', about: number) {
  const start = Math.max(0, about - OLD_END)
  const some = await queue.getRanges([state], start, -1)
  const ids = some.length === 0 && start > 0 ? await queue.getRanges([state], 0, -1) : some
  for (const id of ids.toReversed()) {
    const job = await queue.getJob(id)
    if (job !== undefined) return job
  }
  return undefined
}

/** Returns when the oldest of the jobs that wait to be tried again was added. */
async function oldestDelayed(
  queue: BullQueue,
  { delayed }: QueueMemory,
): Promise<number | undefined> {
  const ids = new Set(await queue.getRanges(['delayed'], 0, DELAYED_MAX - 1))
  for (const id of delayed.keys()) if (!ids.has(id)) delayed.delete(id)
  let oldest: number | undefined
  for (const id of ids) {
    const addedAt = delayed.get(id) ?? (await queue.getJob(id))?.timestamp
    if (addedAt === undefined) continue
    delayed.set(id, addedAt)
    oldest = Math.min(oldest ?? addedAt, addedAt)
  }
  return oldest
}
