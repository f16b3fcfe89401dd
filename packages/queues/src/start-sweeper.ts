import { SECOND_MS } from '@portcullis/contracts'

import type { QueueBackend } from './backend.ts'
import { type ParkedJobs, sweepFailed, type SweepResult } from './sweep-failed.ts'

export interface SweeperOptions {
  readonly queues: readonly string[]
  readonly parkedJobs: ParkedJobs
  readonly intervalMs?: number
  /** Called after each sweep that found something. */
  readonly onSwept: (queue: string, result: SweepResult) => void
  readonly onError: (error: unknown) => void
}

export interface Sweeper {
  close(): Promise<void>
}

const INTERVAL_MS = 10 * SECOND_MS

/** Sweeps the failed sets of queues, at once and then regularly, each sweep after the one before. */
export function startSweeper(backend: QueueBackend, options: SweeperOptions): Sweeper {
  const { intervalMs = INTERVAL_MS } = options
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let sweeping: Promise<void> = Promise.resolve()

  const sweepAll = async (): Promise<void> => {
    for (const queue of options.queues) {
      if (closed) return
      const result = await sweepFailed(backend, queue, options.parkedJobs)
      if (result.retried + result.parked + result.gone > 0) options.onSwept(queue, result)
    }
  }
  const round = async (): Promise<void> => {
    await sweepAll().catch(options.onError)
    if (!closed) timer = setTimeout(startRound, intervalMs)
  }
  const startRound = (): void => {
    sweeping = round()
  }
  startRound()
  return {
    close: async () => {
      closed = true
      clearTimeout(timer)
      await sweeping
    },
  }
}
