import {
  INCIDENT_COMMANDS_QUEUE,
  METRIC_SHARDS,
  NOTIFICATIONS_QUEUE,
  requestMetricsQueue,
} from '@portcullis/contracts'

/** The queues of request metrics, in the order of their shards. */
export const METRIC_QUEUES: readonly string[] = Array.from({ length: METRIC_SHARDS }, (_, shard) =>
  requestMetricsQueue(shard),
)

/** Every queue there is: what Bull Board shows and the sweep looks after. */
export const ALL_QUEUES: readonly string[] = [
  ...METRIC_QUEUES,
  INCIDENT_COMMANDS_QUEUE,
  NOTIFICATIONS_QUEUE,
]

/**
 * Returns whether the jobs of a queue carry the data themselves. Those of the others are hints: the
 * truth is in a table, and the reconciler adds them again.
 */
export function carriesData(queue: string): boolean {
  return METRIC_QUEUES.includes(queue)
}

/**
 * Returns the prefix of all Redis keys of a queue. Redis Cluster hashes only what is in the braces:
 * so all keys of a queue lie on one slot, as BullMQ's scripts need, and queues lie on different
 * ones. Postgres has no use for it. Never to be changed: jobs wait under these keys.
 */
export function redisPrefixOf(queue: string): string {
  return `{portcullis-${queue}}`
}
