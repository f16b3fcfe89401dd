import type { QueueBackend } from './backend.ts'
import type { ParkedJob } from './sweep-failed.ts'

export type RetryOutcome =
  /** It was in the failed set, and waits to be run now. */
  | 'retried'
  /** Its queue had lost it (Redis was flushed): it was added again from what was written down. */
  | 'added_again'
  /** It waits or runs already. */
  | 'under_way'

/**
 * Runs a parked job again, with a fresh round of attempts. The account of it stays until the job is
 * done: a service that depends on it is not well before that.
 */
export async function retryParked(
  backend: QueueBackend,
  parked: Pick<ParkedJob, 'queue' | 'jobId' | 'name' | 'data'>,
): Promise<RetryOutcome> {
  const queue = backend.queue(parked.queue)
  const job = await queue.getJob(parked.jobId)
  if (job === undefined) {
    await queue.add(parked.name, parked.data, { jobId: parked.jobId })
    return 'added_again'
  }
  if ((await job.getState()) !== 'failed') return 'under_way'
  await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true })
  return 'retried'
}

/**
 * Removes a parked job from its queue, if it is there: nobody will run it again. The account of it is
 * the caller's to delete, and afterwards: a sweep would write down again what it still finds failed.
 *
 * Throws when the job is not in the failed set: it waits or runs.
 */
export async function discardParked(
  backend: QueueBackend,
  parked: Pick<ParkedJob, 'queue' | 'jobId'>,
): Promise<void> {
  const job = await backend.queue(parked.queue).getJob(parked.jobId)
  if (job === undefined) return
  const state = await job.getState()
  if (state !== 'failed') throw new Error(`the job ${parked.jobId} is ${state}, not parked`)
  await job.remove()
}
