import type { IQueueBackend, Job, Processor, Queue, Worker } from 'bullmq'

import { openPostgresBackend } from './postgres-backend.ts'
import { openRedisBackend } from './redis-backend.ts'

/** Where the queues live. */
export type QueueBackendConfig =
  | Readonly<{ kind: 'postgres'; connectionString: string }>
  | Readonly<{ kind: 'redis'; url: string }>
  | Readonly<{ kind: 'redis-cluster'; nodes: readonly RedisNode[] }>

export type RedisNode = Readonly<{
  host: string
  port: number
}>

/** Which of a backend's connections a queue or a worker is built on. */
export type ConnectionRole = 'producer' | 'worker'

export type BullQueue = Queue<
  unknown,
  unknown,
  string,
  unknown,
  unknown,
  string,
  IQueueBackend,
  ConnectionRole
>
export type BullWorker = Worker<unknown, unknown, string, IQueueBackend, never, ConnectionRole>
export type BullJob = Job<unknown, unknown>
export type BullProcessor = Processor<unknown, unknown>

/** What a backend tells the service that opened it. It logs nothing itself. */
export interface QueueBackendEvents {
  /** Anything that went wrong beside a call: lost connections above all. Outages repeat themselves. */
  readonly onError: (error: Error) => void
  /** Another run of Redis answers than before: what it did not keep on disk is gone. */
  readonly onRedisRestart?: () => void
}

/**
 * The connections to where queues live. All code above it is the same for every kind.
 *
 * Queues fail fast: while the server is away every call on one throws within seconds, because a
 * request waits for it. Workers wait for ever, also for a server that is away when they are made.
 */
export interface QueueBackend {
  readonly kind: QueueBackendConfig['kind']
  /** The BullMQ queue of that name, the same object each time. */
  queue(name: string): BullQueue
  /** Starts a BullMQ worker; whoever asked for it closes it, before the backend. */
  worker(name: string, processor: BullProcessor, settings: WorkerSettings): BullWorker
  /**
   * Returns sentences for the operator about how this server may lose accepted metrics: none for
   * Postgres. Throws a sentence when the server is too old, and when it can't be reached.
   */
  check(): Promise<string[]>
  /** False while it is known that a graceful close of a worker would wait for a server that is away. */
  canCloseGracefully(): boolean
  close(): Promise<void>
}

export interface WorkerSettings {
  readonly concurrency: number
  readonly lockDurationMs: number
  readonly stalledIntervalMs: number
}

/** Opens the connections of a backend, lazily: it neither waits nor throws while the server is away. */
export function openQueueBackend(
  config: QueueBackendConfig,
  events: QueueBackendEvents,
): QueueBackend {
  switch (config.kind) {
    case 'postgres':
      return openPostgresBackend(config.connectionString, events)
    case 'redis':
    case 'redis-cluster':
      return openRedisBackend(config, events)
  }
}
