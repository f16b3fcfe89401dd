import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis'

import type { QueueBackendConfig } from './backend.ts'

export type RedisConfig = Exclude<QueueBackendConfig, { kind: 'postgres' }>
export type RedisClient = Redis | Cluster

const CONNECT_TIMEOUT_MS = 2_000
const COMMAND_TIMEOUT_MS = 4_000
const KEEP_ALIVE_MS = 10_000
const RECONNECT_DELAY_MS_MAX = 1_000

/** Tries for ever: quickly at first, then every second. */
function reconnectDelayMs(times: number): number {
  return Math.min(times * 50, RECONNECT_DELAY_MS_MAX)
}

const ALWAYS = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  keepAlive: KEEP_ALIVE_MS,
  retryStrategy: reconnectDelayMs,
  // A replica that was promoted elsewhere answers READONLY: connecting again finds the primary.
  reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 2 : false),
} satisfies RedisOptions

/** A request waits for these: nothing is queued up, nothing is tried for long. */
const FAIL_FAST = {
  ...ALWAYS,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  commandTimeout: COMMAND_TIMEOUT_MS,
} satisfies RedisOptions

/** BullMQ wants it so for workers: a blocked read has no time limit. */
const PATIENT = {
  ...ALWAYS,
  enableOfflineQueue: true,
  maxRetriesPerRequest: null,
} satisfies RedisOptions

/** Returns a client for producers: it throws at once while Redis is away, and comes back by itself. */
export function openProducerClient(config: RedisConfig): RedisClient {
  return config.kind === 'redis'
    ? new Redis(config.url, FAIL_FAST)
    : new Cluster([...config.nodes], clusterOptions(FAIL_FAST))
}

/** Returns a client for a worker; BullMQ makes a second one of it for its blocking reads. */
export function openWorkerClient(config: RedisConfig): RedisClient {
  return config.kind === 'redis'
    ? new Redis(config.url, PATIENT)
    : new Cluster([...config.nodes], clusterOptions(PATIENT))
}

/** Returns a client for each server that takes writes: one, but for a cluster. */
export function primariesOf(client: RedisClient): readonly Redis[] {
  return client instanceof Cluster ? client.nodes('master') : [client]
}

function clusterOptions(redisOptions: typeof FAIL_FAST | typeof PATIENT) {
  return {
    enableOfflineQueue: redisOptions.enableOfflineQueue,
    clusterRetryStrategy: reconnectDelayMs,
    slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
    // Writes go to the primaries and the scripts write: replicas would only refuse them.
    scaleReads: 'master',
    redisOptions,
  } satisfies ClusterOptions
}
