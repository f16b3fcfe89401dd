import type { EpochMs } from '@portcullis/contracts'

import type { BullJob, BullQueue, QueueBackend } from './backend.ts'
import { isPoison } from './failure-reason.ts'

/** A failed job that nobody runs again by itself. It stays in BullMQ's failed set, data and all. */
export interface ParkedJob {
  readonly queue: string
  readonly jobId: string
  readonly name: string
  readonly data: unknown
  readonly reason: string
  readonly failedAt: EpochMs
}

/** Where a service keeps the account of parked jobs: the table `parked_jobs`. */
export interface ParkedJobs {
  list(queue: string): Promise<readonly Pick<ParkedJob, 'jobId' | 'failedAt'>[]>
  /** Writes a job down, over what was written down for the same one before. */
  onParked(job: ParkedJob): Promise<void>
  /**
   * A job that was written down is in its queue no more: it was run again and done, or somebody
   * removed it, or Redis was flushed. Only its service knows which (a batch that was applied is in
   * the inbox) and whether the row must stay; resolves to whether it went. One that stays is asked
   * about again by every sweep.
   */
  onGone(queue: string, jobId: string): Promise<boolean>
}

export interface SweepResult {
  readonly retried: number
  readonly parked: number
  readonly gone: number
}

/** Failed jobs that one sweep looks at; a later one sees the rest. */
const JOBS_MAX = 1_000

/** Starts after which even an innocent job is parked: ten times what one round of attempts takes. */
const STARTS_MAX = 200

/**
 * Deals with the failed set of a queue: jobs that failed by stalls, outages or exhausted attempts
 * are run again, up to a limit; poison is parked. What is written down and what is in the failed set
 * agree afterwards, whatever happened before: a sweep may be killed at any point, and several may run
 * at once.
 */
export async function sweepFailed(
  backend: QueueBackend,
  name: string,
  parkedJobs: ParkedJobs,
  startsMax = STARTS_MAX,
): Promise<SweepResult> {
  const queue = backend.queue(name)
  const known = new Map((await parkedJobs.list(name)).map((row) => [row.jobId, row.failedAt]))
  const failed = await queue.getRanges(['failed'], 0, JOBS_MAX - 1)
  const result = { retried: 0, parked: 0, gone: 0 }
  for (const jobId of failed) {
    const job = await queue.getJob(jobId)
    if (job === undefined) continue
    const outcome = await dealWith(job, {
      queue,
      parkedJobs,
      startsMax,
      parkedAt: known.get(jobId),
    })
    if (outcome !== 'known') result[outcome] += 1
  }
  for (const jobId of known.keys()) {
    if ((await queue.getJobState(jobId)) !== 'unknown') continue
    if (await parkedJobs.onGone(name, jobId)) result.gone += 1
  }
  return result
}

async function dealWith(
  job: BullJob,
  found: {
    readonly queue: BullQueue
    readonly parkedJobs: ParkedJobs
    readonly startsMax: number
    readonly parkedAt: EpochMs | undefined
  },
): Promise<'retried' | 'parked' | 'known'> {
  const reason = job.failedReason ?? ''
  const failedAt = (job.finishedOn ?? job.timestamp) as EpochMs
  if (!isPoison(reason) && job.attemptsStarted < found.startsMax) return retry(job)
  if (failedAt === found.parkedAt) return 'known'
  const { id: jobId = '', name, data } = job
  await found.parkedJobs.onParked({ queue: found.queue.name, jobId, name, data, reason, failedAt })
  return 'parked'
}

async function retry(job: BullJob): Promise<'retried' | 'known'> {
  try {
    // A whole round of attempts; `attemptsStarted` goes on counting and is the limit.
    await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: false })
    return 'retried'
  } catch (error) {
    // Somebody else was faster: another sweep, or a person with Bull Board.
    if ((await job.getState()) !== 'failed') return 'known'
    throw error
  }
}
