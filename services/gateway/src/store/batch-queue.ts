import {
  BATCHES_PER_JOB_MAX,
  METRIC_SHARDS,
  type MetricBatchesMessage,
  type MetricBatchMessage,
  requestMetricsQueue,
} from '@portcullis/contracts'
import {
  batchJobId,
  createGroupCommit,
  createProducer,
  type Fullness,
  type GroupCommit,
  type QueueBackend,
  type QueueWatch,
} from '@portcullis/queues'

import { createJobSpacing, type JobSpacing } from './job-spacing.ts'

/** The metric queues, as the intake sees them. */
export interface BatchQueue {
  /** Resolves once the queue holds the message. */
  enqueue(message: MetricBatchMessage): Promise<void>
  /** Whether a shard's queue takes no more, and why. */
  fullnessOf(shard: number): Fullness
}

/** Cells of one job, in base64 characters; a larger batch goes alone. */
const JOB_CELLS_MAX = 1_024 * 1_024

/**
 * Returns the metric queues of a backend; `watch` knows how full they are. Batches that arrive while
 * a job is being added, or shortly after it, share the next one: a job costs Postgres and the
 * aggregator about the same, however much it carries. A batch that comes alone never waits.
 */
export function batchQueueOn(backend: QueueBackend, watch: QueueWatch): BatchQueue {
  const spacing = createJobSpacing(METRIC_SHARDS, () => performance.now())
  const shards = Array.from({ length: METRIC_SHARDS }, (_, shard) =>
    sharedJobs(backend, shard, spacing),
  )
  return {
    enqueue: (message) => shards[message.shard]!.submit(message),
    fullnessOf: (shard) => watch.fullnessOf(requestMetricsQueue(shard)),
  }
}

function sharedJobs(
  backend: QueueBackend,
  shard: number,
  { noteJob, spacingMs }: JobSpacing,
): GroupCommit<MetricBatchMessage, void> {
  const producer = createProducer<MetricBatchesMessage>(backend, requestMetricsQueue(shard))
  return createGroupCommit<MetricBatchMessage, void>({
    run: async (messages) => {
      noteJob(shard)
      const { run, number } = messages[0]!
      // Of the number and not of the batch's id: every number must arrive, and the inbox tells what
      // was sent twice.
      const jobId = batchJobId(run, shard, number)
      await producer.add({ jobId, message: { v: 1, batches: [...messages] } })
      return messages.map(() => undefined)
    },
    // Whatever went wrong, all of them may be in or not.
    isRetryable: () => true,
    itemsMax: BATCHES_PER_JOB_MAX,
    bytesMax: JOB_CELLS_MAX,
    bytesOf: (message) => message.cells.length,
    spacingMs,
  })
}
