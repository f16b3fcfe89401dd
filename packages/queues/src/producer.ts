import type { BullQueue, QueueBackend } from './backend.ts'
import { messageOf } from './failure-reason.ts'

/** A job as a producer hands it in; `jobIdFor` makes the id. */
export interface NewJob<Message> {
  readonly jobId: string
  readonly message: Message
}

export interface Producer<Message> {
  /** Resolves when the queue holds the job; that its id was there already is no error. */
  add(job: NewJob<Message>): Promise<void>
  /** The same for several; on Redis a part of them may be in when it throws. */
  addAll(jobs: readonly NewJob<Message>[]): Promise<void>
}

/** Code of the error that a producer throws: the border answers 503. */
export const QUEUE_UNAVAILABLE = 'queue_unavailable'

/**
 * From here on one statement for all is cheaper than one each. On Postgres `addBulk` costs about
 * 5 ms a call (two temporary tables) and `add` 0.4 ms, but there it is one transaction.
 */
const BULK_FROM = 8

/**
 * Returns what adds jobs to a queue. It gives up within seconds while the server is away: it then
 * throws an error with the code `queue_unavailable`, and the job may be in or not; adding it again
 * with the same id is safe.
 */
export function createProducer<Message>(backend: QueueBackend, name: string): Producer<Message> {
  const queue = backend.queue(name)
  const addAll = async (jobs: readonly NewJob<Message>[]): Promise<void> => {
    await explained(name, jobs.length < BULK_FROM ? addEach(queue, jobs) : addBulk(queue, jobs))
  }
  return { add: async (job) => addAll([job]), addAll }
}

/** Returns whether an error is a producer's word that the queue can't be reached. */
export function isQueueUnavailable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === QUEUE_UNAVAILABLE
}

async function addEach(queue: BullQueue, jobs: readonly NewJob<unknown>[]): Promise<unknown> {
  return Promise.all(jobs.map(({ jobId, message }) => queue.add(queue.name, message, { jobId })))
}

async function addBulk(queue: BullQueue, jobs: readonly NewJob<unknown>[]): Promise<unknown> {
  const entries = jobs.map(({ jobId, message }) => ({
    name: queue.name,
    data: message,
    opts: { jobId },
  }))
  return queue.addBulk(entries)
}

async function explained(name: string, adding: Promise<unknown>): Promise<void> {
  try {
    await adding
  } catch (cause) {
    const error = new Error(`The queue ${name} can not be reached: ${messageOf(cause)}`, { cause })
    throw Object.assign(error, { code: QUEUE_UNAVAILABLE })
  }
}
