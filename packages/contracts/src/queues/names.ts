/** The fixed number of logical shards of request metrics; a (project, service) always falls on the same one. */
export const METRIC_SHARDS = 4

export const INCIDENT_COMMANDS_QUEUE = 'incident-commands'
export const NOTIFICATIONS_QUEUE = 'notifications'

/** Returns the queue name of a metric shard, `request-metrics-0` … `request-metrics-3`. */
export function requestMetricsQueue(shard: number): string {
  return `request-metrics-${shard}`
}
