import type { QueueBackendConfig, RedisNode } from './backend.ts'

/** Where an installation says that its queues are. */
export interface QueueStorage {
  readonly redisUrl: string | undefined
  readonly redisCluster: readonly RedisNode[] | undefined
}

/** Returns where the queues live: in Redis when one is named, else in the database. */
export function queueConfigOf(
  { redisUrl, redisCluster }: QueueStorage,
  connectionString: string,
): QueueBackendConfig {
  if (redisCluster !== undefined) return { kind: 'redis-cluster', nodes: redisCluster }
  if (redisUrl !== undefined) return { kind: 'redis', url: redisUrl }
  return { kind: 'postgres', connectionString }
}
