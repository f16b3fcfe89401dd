import {
  createRedisBackend,
  Queue,
  type QueueBaseOptions,
  Worker,
  type IQueueBackend,
} from 'bullmq'

import type { BullQueue, ConnectionRole, QueueBackend, QueueBackendEvents } from './backend.ts'
import { queueOptionsOf, workerOptionsOf } from './options.ts'
import { openProducerClient, openWorkerClient, type RedisConfig } from './redis-client.ts'
import { checkRedis } from './redis-durability.ts'
import { watchRedisRun } from './redis-run.ts'

/**
 * Minutes of finished and failed jobs that Bull Board draws. On Postgres there are none: each job
 * would be one more commit on one and the same row, which halved the throughput.
 */
const METRIC_POINTS = 24 * 60

/** Opens queues on a Redis or a Redis Cluster. All queues share one client; a worker has two. */
export function openRedisBackend(config: RedisConfig, events: QueueBackendEvents): QueueBackend {
  const queues = new Map<string, BullQueue>()
  const client = openProducerClient(config)
  client.on('error', events.onError)
  const unwatch = watchRedisRun(client, () => {
    // A Redis that kept nothing has also forgotten how long its streams of events may get.
    for (const queue of queues.values()) {
      queue.getBackend().setQueueMeta(queue.metaValues).catch(events.onError)
    }
    events.onRedisRestart?.()
  })

  const producerOf = (name: string, options: QueueBaseOptions<ConnectionRole>): IQueueBackend =>
    // Without both of these the first command would wait for a server that is away, or its failure
    // would be remembered for ever.
    createRedisBackend(name, {
      ...options,
      connection: client,
      skipVersionCheck: true,
      skipWaitingForReady: true,
    })
  return {
    kind: config.kind,
    queue: (name) => {
      const known = queues.get(name)
      if (known !== undefined) return known
      const queue: BullQueue = new Queue(
        name,
        { ...queueOptionsOf(name), connection: 'producer' },
        producerOf,
      )
      queue.on('error', events.onError)
      queues.set(name, queue)
      return queue
    },
    worker: (name, processor, settings) => {
      const own = openWorkerClient(config)
      own.on('error', events.onError)
      const options = {
        ...workerOptionsOf(name, settings.concurrency, settings),
        metrics: { maxDataPoints: METRIC_POINTS },
      }
      const worker = new Worker<unknown, unknown, string, IQueueBackend, never, ConnectionRole>(
        name,
        processor,
        { ...options, connection: 'worker' },
        (queue, base, extra) => createRedisBackend(queue, { ...base, connection: own }, extra),
      )
      worker.on('error', events.onError)
      // BullMQ leaves a client that it was given open.
      worker.on('closed', () => own.disconnect())
      return worker
    },
    check: async () => checkRedis(client),
    canCloseGracefully: () => client.status === 'ready',
    close: async () => {
      unwatch()
      await Promise.all([...queues.values()].map((queue) => queue.close()))
      // Not `quit`: that would wait for a server that is away.
      client.disconnect()
    },
  }
}
