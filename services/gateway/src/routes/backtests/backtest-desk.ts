import { Worker } from 'node:worker_threads'

import type { Backtest, BacktestAsked } from '@portcullis/projections'

import { type FieldError, problem } from '../../problem/problem.ts'
import { problemOf } from '../../store/past-look.ts'
import type { BacktestJob, BacktestMessage, BacktestStore } from './job.ts'

/** Runs backtests, each in a thread of its own, and one at a time. */
export interface BacktestDesk {
  /** Null where the signal aborted before it was done. Throws a problem where nothing can be said, or another one runs. */
  run(asked: BacktestAsked, signal: AbortSignal): Promise<Backtest | null>
  /** Ends the one that runs; none is begun any more. */
  close(): Promise<void>
}

/** Seconds after which it is worth asking again; most backtests take no longer. */
const RETRY_SECONDS = 10
/** Of the thread: all requests of an hour that routes are judged by, and every change of the verdict. */
const HEAP_MIB_MAX = 512

/** Makes a desk. */
export function createBacktestDesk(store: BacktestStore): BacktestDesk {
  let running: Promise<void> | null = null
  const closing = new AbortController()
  return {
    run: async (asked, signal) => {
      if (running !== null) {
        const detail = 'this gateway runs one backtest at a time'
        throw problem('RATE_LIMIT_EXCEEDED', { detail, retryAfterSeconds: RETRY_SECONDS })
      }
      const { promise, resolve } = Promise.withResolvers<void>()
      running = promise
      try {
        const message = await messageOf({ store, asked }, AbortSignal.any([signal, closing.signal]))
        if (message !== null) return foundIn(message)
        if (closing.signal.aborted) throw wasEnded()
        return null
      } finally {
        running = null
        resolve()
      }
    },
    close: async () => {
      closing.abort()
      await running
    },
  }
}

/** Runs a thread until it has said what it found; null where the signal aborted first. */
async function messageOf(job: BacktestJob, ended: AbortSignal): Promise<BacktestMessage | null> {
  if (ended.aborted) return null
  const { promise, resolve, reject } = Promise.withResolvers<BacktestMessage | null>()
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    name: 'backtest',
    workerData: job,
    // The gateway's own are none of its business.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
  })
  const onAbort = () => resolve(null)
  ended.addEventListener('abort', onAbort)
  worker.once('message', resolve)
  worker.once('error', (error) => reject(isOutOfMemory(error) ? tooLarge() : error))
  try {
    return await promise
  } finally {
    ended.removeEventListener('abort', onAbort)
    await worker.terminate()
  }
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
}

function foundIn(message: BacktestMessage): Backtest {
  if ('away' in message) {
    const cause = message.away
    throw problem('STORE_UNAVAILABLE', { retryAfterSeconds: RETRY_SECONDS, cause })
  }
  const { found } = message
  if ('rejected' in found) throw problemOf(found, 'to')
  return found
}

function tooLarge() {
  return badRange({
    field: 'from',
    message: `is too long ago: what happened since then does not fit into ${HEAP_MIB_MAX} MiB`,
    fix: 'Ask for less time, a longer `step`, or one `service`.',
  })
}

/** Returns the refusal of a parameter. */
export function badRange(error: FieldError) {
  return problem('INVALID_PARAMETER', { errors: [error] })
}

function wasEnded() {
  return problem('GATEWAY_CLOSING', { detail: 'the backtest was ended', retryAfterSeconds: 1 })
}
