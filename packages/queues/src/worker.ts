import { type EpochMs, SECOND_MS } from '@portcullis/contracts'
import { UnrecoverableError } from 'bullmq'

import type { BullJob, QueueBackend } from './backend.ts'
import { messageOf, poisonReason } from './failure-reason.ts'
import { createGroupCommit, type GroupCommit } from './group-commit.ts'
import { WORKER_TIMINGS, type WorkerTimings } from './options.ts'
import { createOutageGate, type OutageGate } from './outage-gate.ts'

/** A job whose payload was checked. */
export interface WorkItem<Message> {
  readonly jobId: string
  readonly message: Message
  readonly addedAt: EpochMs
  /** How often the job was started before this time. */
  readonly startedBefore: number
  /**
   * Replaces what the job carries, for this run and all later ones: what of it is done need not be
   * done, kept or complained of again.
   */
  replace(message: Message): Promise<void>
}

/** What a worker needs of a zod schema: anybody may add a job by hand, so payloads are not believed. */
export interface MessageSchema<Message> {
  safeParse(
    data: unknown,
  ):
    | { readonly success: true; readonly data: Message }
    | { readonly success: false; readonly error: { readonly message: string } }
}

export interface QueueWorkerOptions<Message> {
  readonly queue: string
  readonly schema: MessageSchema<Message>
  /**
   * Does the work of all items in one transaction, each at most once however often it comes. What it
   * throws is for `isRetryable` to judge; an error that is not retryable makes it run again with
   * fewer items, until the ones that fail are alone.
   */
  readonly run: (items: readonly WorkItem<Message>[]) => Promise<void>
  /** True for what passes by itself (the database is away, a deadlock): the jobs are run again. */
  readonly isRetryable: (error: unknown) => boolean
  /** Jobs that are held at a time, and so the largest group. */
  readonly concurrency: number
  readonly groupBytesMax?: number
  readonly bytesOf?: (message: Message) => number
  readonly lingerMs?: number
  readonly timings?: WorkerTimings
}

export interface QueueWorker {
  /** Takes no further job, and resolves when those that are held are done. */
  close(): Promise<void>
}

const GATE = { delayMsMin: 100, delayMsMax: 5 * SECOND_MS }

/**
 * Starts to work off a queue: a BullMQ worker, whose processors hand their jobs to one combiner.
 * BullMQ thus keeps renewing locks, finding stalled jobs and retrying.
 *
 * A job of which the schema or `run` says that it can never be done fails for good with its reason
 * (`isPoison`); its neighbours are done. While `run` meets retryable errors, jobs are held back in
 * pauses that get longer.
 */
export function startQueueWorker<Message>(
  backend: QueueBackend,
  options: QueueWorkerOptions<Message>,
): QueueWorker {
  const gate = createOutageGate(GATE)
  const group = combine(options, gate)

  const processor = async (job: BullJob): Promise<void> => {
    const item = itemOf(job, options.schema)
    await gate.pass()
    try {
      await group.submit(item)
    } catch (error) {
      throw options.isRetryable(error) ? error : poison(messageOf(error), error)
    }
  }
  const worker = backend.worker(options.queue, processor, {
    concurrency: options.concurrency,
    ...(options.timings ?? WORKER_TIMINGS),
  })
  return {
    close: async () => {
      gate.release()
      if (backend.canCloseGracefully()) return worker.close()
      // BullMQ would wait for the server to tell it of finished jobs; they will be run again.
      await group.whenIdle()
      return worker.close(true)
    },
  }
}

function combine<Message>(
  options: QueueWorkerOptions<Message>,
  gate: OutageGate,
): GroupCommit<WorkItem<Message>, void> {
  const { bytesOf = () => 0, groupBytesMax = Infinity, lingerMs = 0 } = options
  return createGroupCommit<WorkItem<Message>, void>({
    run: async (items) => {
      try {
        await options.run(items)
      } catch (error) {
        if (options.isRetryable(error)) gate.noteFailure()
        throw error
      }
      gate.noteSuccess()
      return items.map(() => undefined)
    },
    isRetryable: options.isRetryable,
    itemsMax: options.concurrency,
    bytesMax: groupBytesMax,
    bytesOf: (item) => bytesOf(item.message),
    lingerMs,
  })
}

function itemOf<Message>(job: BullJob, schema: MessageSchema<Message>): WorkItem<Message> {
  const parsed = schema.safeParse(job.data)
  if (!parsed.success) throw poison(`the payload is not valid: ${parsed.error.message}`)
  return {
    jobId: job.id ?? '',
    message: parsed.data,
    addedAt: job.timestamp as EpochMs,
    startedBefore: job.attemptsStarted - 1,
    replace: (message) => job.updateData(message),
  }
}

/** The one place where "it can never be done" becomes BullMQ's word for it. */
function poison(why: string, cause?: unknown): UnrecoverableError {
  const error = new UnrecoverableError(poisonReason(why))
  error.cause = cause
  return error
}
