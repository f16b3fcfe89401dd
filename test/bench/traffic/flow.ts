import { performance } from 'node:perf_hooks'

import { startPaced } from '../http/paced.ts'
import { type BatchPlan, makeBatchRequests } from './batch-requests.ts'

export interface FlowOptions {
  readonly port: number
  readonly token: string
  /** Batches are sent in turn; all have the same number of observations. */
  readonly plans: readonly BatchPlan[]
  readonly observationsPerSecond: number
}

/** Traffic at a steady rate. */
export interface Flow {
  /** What was accepted so far. Throws when the flow broke: a batch was refused, for example. */
  progress(): FlowProgress
  /** Sends no more, waits for what is under way, and returns the same. */
  stop(): Promise<FlowProgress>
}

export interface FlowProgress {
  /** Observations. */
  readonly accepted: number
  readonly elapsedMs: number
}

const ACCEPTED = 202
/** Far more than are under way at a rate that the product keeps; fewer than there are bodies. */
const CONNECTIONS = 32

/** Begins to send batches at a rate of observations, whatever the answers do. */
export async function startFlow(options: FlowOptions): Promise<Flow> {
  const { port, token, plans, observationsPerSecond } = options
  const perBatch = plans[0]?.observations ?? 0
  if (plans.length <= CONNECTIONS) throw new Error(`A flow needs over ${CONNECTIONS} bodies.`)
  const free = makeBatchRequests(plans, token, 2)
  const underWay = new Map<number, (typeof free)[number]>()
  const begin = performance.now()
  let accepted = 0
  let failure: unknown
  const run = await startPaced({
    port,
    connections: CONNECTIONS,
    perSecond: observationsPerSecond / perBatch,
    next: (index) => {
      // A body must not change while it is sent: one that is under way is not among the free.
      const request = free.shift()!
      underWay.set(index, request)
      request.stamp(Date.now())
      return request.bytes
    },
    onAnswer: ({ status, body }, index) => {
      if (status !== ACCEPTED) throw new Error(`A batch was answered ${status}: ${body.toString()}`)
      accepted += perBatch
      free.push(underWay.get(index)!)
      underWay.delete(index)
    },
  })
  const over = run.done.catch((error: unknown) => {
    failure = error
  })
  const progress = (): FlowProgress => {
    if (failure !== undefined) throw new Error('The flow broke.', { cause: failure })
    return { accepted, elapsedMs: performance.now() - begin }
  }
  return {
    progress,
    stop: async () => {
      run.stop()
      await over
      return progress()
    },
  }
}
