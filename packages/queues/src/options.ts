import { SECOND_MS } from '@portcullis/contracts'
import type { DefaultJobOptions, QueueOptions, WorkerOptions } from 'bullmq'

import { redisPrefixOf } from './names.ts'

// Every option of BullMQ that matters is written out here with its reason, defaults included: a
// changed default of a library must not change what we promise.

const RETRY_DELAY_MS_MIN = 250
const RETRY_DELAY_MS_MAX = 15 * SECOND_MS

/** Runs of a job before it goes to the failed set, where the sweep finds it: about four minutes. */
const ATTEMPTS = 20

/** What every job is added with. */
export const JOB_OPTIONS: DefaultJobOptions = {
  attempts: ATTEMPTS,
  // The name of our own strategy, `retryDelayMs`: BullMQ's exponential one has no upper bound.
  backoff: { type: 'capped' },
  // At once: retention by count would fill Redis with fat batches, and every kept job is counted
  // by each look at the depth on Postgres.
  removeOnComplete: true,
  // Never: a failed job may hold data that is not applied yet. The sweep deals with it.
  removeOnFail: false,
  delay: 0,
  priority: 0,
  lifo: false,
  keepLogs: 0,
  // The reason says what failed; a service logs the stack itself.
  stackTraceLimit: 1,
}

/** Returns the delay before run `attemptsMade + 1` of a job: 250 ms, doubled each time up to 15 s. */
export function retryDelayMs(attemptsMade: number): number {
  return Math.min(RETRY_DELAY_MS_MIN * 2 ** (attemptsMade - 1), RETRY_DELAY_MS_MAX)
}

/** Returns the options of a queue, but for its connection. */
export function queueOptionsOf(queue: string): Omit<QueueOptions, 'connection'> {
  return {
    prefix: redisPrefixOf(queue),
    defaultJobOptions: JOB_OPTIONS,
    // Events are for people who look at Bull Board. 0 would mean "none" on Redis, but "never trim"
    // on Postgres.
    streams: { events: { maxLen: 1_000 } },
    skipMetasUpdate: false,
  }
}

export interface WorkerTimings {
  /** A worker that is killed holds its jobs for this long. */
  readonly lockDurationMs: number
  /** How often jobs of dead workers are looked for; it takes two looks to take a job back. */
  readonly stalledIntervalMs: number
}

/** A killed worker's jobs run again after 9 to 12 s. */
export const WORKER_TIMINGS: WorkerTimings = {
  lockDurationMs: 6 * SECOND_MS,
  stalledIntervalMs: 3 * SECOND_MS,
}

/** Returns the options of a worker, but for its connection. */
export function workerOptionsOf(
  queue: string,
  concurrency: number,
  timings: WorkerTimings,
): Omit<WorkerOptions, 'connection'> {
  return {
    prefix: redisPrefixOf(queue),
    // High: jobs wait for their group's commit, they do not compute.
    concurrency,
    autorun: true,
    lockDuration: timings.lockDurationMs,
    lockRenewTime: timings.lockDurationMs / 2,
    stalledInterval: timings.stalledIntervalMs,
    // With the default of 1 a job whose workers were killed twice fails without its processor being
    // called, whatever `attempts` says.
    maxStalledCount: 8,
    skipStalledCheck: false,
    skipLockRenewal: false,
    // Seconds. A missed wake-up costs at most this.
    drainDelay: 5,
    // Milliseconds between tries while the server is away; 15 s by default.
    runRetryDelay: 500,
    settings: { backoffStrategy: retryDelayMs },
  }
}
