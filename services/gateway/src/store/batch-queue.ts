import { METRIC_SHARDS, requestMetricsQueue, type MetricBatchMessage } from '@portcullis/contracts'
import { createProducer, jobIdFor, type QueueBackend, type QueueWatch } from '@portcullis/queues'

/** The metric queues, as the intake sees them. */
export interface BatchQueue {
  /** Resolves once the queue holds the message. */
  enqueue(message: MetricBatchMessage): Promise<void>
  /** Milliseconds after which a full queue may take more; undefined while it takes them. */
  fullFor(shard: number): number | undefined
}

/** Returns the metric queues of a backend; `watch` knows how full they are. */
export function batchQueueOn(backend: QueueBackend, watch: QueueWatch): BatchQueue {
  const producers = Array.from({ length: METRIC_SHARDS }, (_, shard) =>
    createProducer<MetricBatchMessage>(backend, requestMetricsQueue(shard)),
  )
  return {
    enqueue: (message) => {
      const { run, shard, number } = message
      // Of the number and not of the batch's id: every number must arrive, and the inbox tells what
      // was sent twice.
      const jobId = jobIdFor('batch', run, String(shard), String(number))
      return producers[shard]!.add({ jobId, message })
    },
    fullFor: (shard) => {
      const fullness = watch.fullnessOf(requestMetricsQueue(shard))
      return fullness.full ? fullness.retryAfterMs : undefined
    },
  }
}
