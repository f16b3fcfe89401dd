import {
  type IQueueBackend,
  PostgresQueueBackend,
  Queue,
  type QueueBaseOptions,
  Worker,
} from 'bullmq'

import type { BullQueue, ConnectionRole, QueueBackend, QueueBackendEvents } from './backend.ts'
import { carriesData } from './names.ts'
import { queueOptionsOf, workerOptionsOf } from './options.ts'
import { QueueConnection } from './postgres-connection.ts'
import { WorkerBackend } from './postgres-worker-backend.ts'

const PRODUCER_POOL_SIZE = 4
const WORKER_POOL_SIZE = 4

/**
 * Opens queues in the schema `bullmq` of a database, which `migrateQueues` has made.
 *
 * Producers share two small pools: one that commits to disk for jobs that carry data, and one that
 * does not wait for the disk for hints.
 *
 * A worker has a pool of its own, because its LISTEN and its lifetime are its own. It never waits for
 * the disk: all it writes is that a job was taken or is done. Commits reach the disk in their order,
 * so what a crash of the server forgets is the end of that, never a job; a forgotten job is run once
 * more, and the inbox knows it. Waiting cost a third of the throughput (840 against 1,390 jobs of
 * 7 kB a second on two cores).
 */
export function openPostgresBackend(
  connectionString: string,
  events: QueueBackendEvents,
): QueueBackend {
  const queues = new Map<string, BullQueue>()
  const connect = (poolSize: number, durable: boolean, patience: 'fail-fast' | 'wait') => {
    const connection = new QueueConnection({ connectionString, poolSize, durable, patience })
    connection.on('error', events.onError)
    return connection
  }
  const forData = connect(PRODUCER_POOL_SIZE, true, 'fail-fast')
  const forHints = connect(PRODUCER_POOL_SIZE, false, 'fail-fast')

  const producerOf = (name: string, options: QueueBaseOptions<ConnectionRole>): IQueueBackend => {
    const connection = carriesData(name) ? forData : forHints
    return new PostgresQueueBackend(connection, name, { ...options, connection: '' }, false)
  }
  const consumerOf = (name: string, options: QueueBaseOptions<ConnectionRole>): IQueueBackend => {
    const connection = connect(WORKER_POOL_SIZE, false, 'wait')
    return new WorkerBackend(connection, name, { ...options, connection: '' })
  }
  return {
    kind: 'postgres',
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
      const options = workerOptionsOf(name, settings.concurrency, settings)
      const worker = new Worker<unknown, unknown, string, IQueueBackend, never, ConnectionRole>(
        name,
        processor,
        { ...options, connection: 'worker' },
        consumerOf,
      )
      worker.on('error', events.onError)
      return worker
    },
    check: async () => {
      await forData.waitUntilReady()
      return []
    },
    canCloseGracefully: () => true,
    close: async () => {
      await Promise.all([...queues.values()].map((queue) => queue.close()))
      await Promise.all([forData.close(), forHints.close()])
    },
  }
}
