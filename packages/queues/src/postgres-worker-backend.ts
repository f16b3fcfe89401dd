import {
  type KeepJobs,
  type MinimalJob,
  type PostgresConnectionOptions,
  PostgresQueueBackend,
  type QueueBaseOptions,
} from 'bullmq'

import type { QueueConnection } from './postgres-connection.ts'

/** Seconds. */
const BLOCK_MAX = 5

/** BullMQ's backend of a worker, with what an outage and an almost empty queue ask for. */
export class WorkerBackend extends PostgresQueueBackend {
  readonly #connection: QueueConnection
  #isWaiting = false

  constructor(
    connection: QueueConnection,
    name: string,
    options: QueueBaseOptions<PostgresConnectionOptions>,
  ) {
    super(connection, name, options, true, name)
    this.#connection = connection
  }

  /** BullMQ would wait up to an hour after an outage, and trust its LISTEN alone until then. */
  override get maximumBlockTimeout(): number {
    return BLOCK_MAX
  }

  override async waitForJob(
    blockTimeout: number,
  ): Promise<{ member: string; score: number } | null> {
    this.#isWaiting = true
    try {
      return await super.waitForJob(blockTimeout)
    } finally {
      this.#isWaiting = false
    }
  }

  /**
   * While the worker waits for a job, it found none a moment ago: then a job that is done does not
   * look for the next one as well, which would cost one statement of seven for each job.
   */
  // oxlint-disable-next-line max-params -- the signature is BullMQ's.
  override async moveToCompleted<T, R, N extends string>(
    job: MinimalJob<T, R, N>,
    returnValue: R,
    removeOnComplete: boolean | number | KeepJobs,
    token: string,
    fetchNext: boolean,
  ): Promise<{ result: void | unknown[]; finishedOn: number }> {
    const isWorthIt = fetchNext && !this.#isWaiting
    return super.moveToCompleted(job, returnValue, removeOnComplete, token, isWorthIt)
  }

  /** The first thing that BullMQ does when a worker closes; we never pause one. */
  override async disconnectBlocking(wait?: boolean): Promise<void> {
    this.#connection.losePatience()
    await super.disconnectBlocking(wait)
  }
}
