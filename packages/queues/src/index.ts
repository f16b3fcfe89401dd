export {
  type BullJob,
  type BullQueue,
  openQueueBackend,
  type QueueBackend,
  type QueueBackendConfig,
  type QueueBackendEvents,
  type RedisNode,
} from './backend.ts'
export {
  type Fullness,
  type QueueLimits,
  type QueueWatch,
  type QueueWatchOptions,
  watchQueues,
} from './backpressure.ts'
export { boardQueueOf } from './board-queue-of.ts'
export { isPoison } from './failure-reason.ts'
export { createGroupCommit, type GroupCommit, type GroupCommitOptions } from './group-commit.ts'
export { batchJobId, jobIdFor } from './job-id-for.ts'
export type { QueueFigures } from './look-at-queue.ts'
export { migrateQueues } from './migrate-queues.ts'
export { ALL_QUEUES, METRIC_QUEUES } from './names.ts'
export { WORKER_TIMINGS, type WorkerTimings } from './options.ts'
export {
  createProducer,
  isQueueUnavailable,
  type NewJob,
  type Producer,
  QUEUE_UNAVAILABLE,
} from './producer.ts'
export { queueConfigOf, type QueueStorage } from './queue-config.ts'
export { discardParked, retryParked, type RetryOutcome } from './retry-parked.ts'
export { shardOf } from './shard-of.ts'
export { startSweeper, type Sweeper, type SweeperOptions } from './start-sweeper.ts'
export { type ParkedJob, type ParkedJobs, sweepFailed, type SweepResult } from './sweep-failed.ts'
export {
  type MessageSchema,
  type QueueWorker,
  type QueueWorkerOptions,
  startQueueWorker,
  type WorkItem,
} from './worker.ts'
