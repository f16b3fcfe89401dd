import { BATCHES_PER_JOB_MAX, requestMetricsQueue } from '@portcullis/contracts'
import { batchJobId, type QueueBackend } from '@portcullis/queues'

import type { NumberRange } from './find-losses.ts'

/** Jobs that are asked for at once. */
const JOBS_AT_ONCE = 100

/**
 * Returns whether a job holds a batch with one of these numbers: waiting, in hand, to be tried again,
 * or failed. The newest numbers are looked for first: what is only late is found at once.
 */
export async function isHeld(queues: QueueBackend, range: NumberRange): Promise<boolean> {
  const { run, shard, from, to } = range
  const queue = queues.queue(requestMetricsQueue(shard))
  // A job is named after its first batch.
  const first = Math.max(1, from - BATCHES_PER_JOB_MAX + 1)
  for (let last = to; last >= first; last -= JOBS_AT_ONCE) {
    const count = Math.min(JOBS_AT_ONCE, last - first + 1)
    const jobs = await Promise.all(
      Array.from({ length: count }, (_, nth) => queue.getJob(batchJobId(run, shard, last - nth))),
    )
    if (jobs.some((job) => job !== undefined && holds(job.data, range))) return true
  }
  return false
}

/** Anybody may have changed a job by hand: one that cannot be read may hold anything. */
function holds(data: unknown, { from, to }: NumberRange): boolean {
  const { batches } = data as { batches?: readonly { readonly number?: number }[] }
  if (!Array.isArray(batches)) return true
  return batches.some(({ number = from }: { number?: number }) => number >= from && number <= to)
}
