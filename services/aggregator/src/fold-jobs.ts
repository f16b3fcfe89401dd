import {
  type MetricBatchesMessage,
  MetricBatchMessage,
  type NotificationId,
} from '@portcullis/contracts'
import { isRetryable } from '@portcullis/event-log'
import type { WorkItem } from '@portcullis/queues'

import type { ShardFolder } from './fold-shard.ts'

type Job = WorkItem<MetricBatchesMessage>

/**
 * Folds all batches of jobs in one transaction. Where one of them cannot be folded, and the group is
 * down to its job, the batches of that job are folded one by one: the good ones count, and the job
 * keeps the others and fails with what is wrong with them, so that it is parked in their names alone.
 */
export async function foldJobs(
  folder: ShardFolder,
  jobs: readonly Job[],
): Promise<readonly NotificationId[]> {
  const [only] = jobs
  try {
    return await folder.fold(jobs.flatMap((job) => job.message.batches.map(parsed)))
  } catch (error) {
    // Several jobs are tried again by themselves, down to the one that is to blame.
    if (isRetryable(error) || jobs.length > 1 || only === undefined) throw error
    return foldOneByOne(folder, only)
  }
}

async function foldOneByOne(folder: ShardFolder, job: Job): Promise<readonly NotificationId[]> {
  const deliveries: NotificationId[] = []
  const bad: MetricBatchesMessage['batches'][number][] = []
  const reasons: string[] = []
  for (const [index, batch] of job.message.batches.entries()) {
    try {
      deliveries.push(...(await folder.fold([parsed(batch)])))
    } catch (error) {
      if (isRetryable(error)) throw error
      bad.push(batch)
      reasons.push(`batch ${index}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  if (bad.length === 0) return deliveries
  // Before it fails: once it has, the sweep may park it at any moment.
  if (bad.length < job.message.batches.length) await job.replace({ ...job.message, batches: bad })
  throw new Error(reasons.join('; '))
}

/** Anybody may add a job by hand, so what it carries is not believed. */
function parsed(batch: unknown): MetricBatchMessage {
  const result = MetricBatchMessage.safeParse(batch)
  if (result.success) return result.data
  const issues = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new Error(`the batch is not valid: ${issues.join(', ')}`)
}
