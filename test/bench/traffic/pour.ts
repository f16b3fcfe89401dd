import type { Answer } from '../http/answer-parser.ts'
import { closedLoop } from '../http/closed-loop.ts'
import { type BatchPlan, makeBatchRequests, repeated } from './batch-requests.ts'

export interface Pour {
  readonly port: number
  readonly token: string
  readonly connections: number
  /** Distinct bodies of each connection, on top of a batch id that is never the same. */
  readonly bodiesPerConnection: number
  readonly plan: BatchPlan
  readonly durationMs: number
}

export interface Poured {
  /** Observations in batches that were answered 202. */
  readonly accepted: number
  /** Batches that were answered 429 or 503. */
  readonly refused: number
  /** From the first request to the last answer. */
  readonly elapsedMs: number
}

const ACCEPTED = 202
const FULL = new Set([429, 503])
/** The least `Retry-After` that there is. */
const WAIT_WHEN_FULL_MS = 1_000

/**
 * Sends batches from several connections for some time, each as soon as the last one is answered.
 * Every connection has bodies of its own, since bytes must not change while they are sent. Throws at
 * any answer but "accepted" and "full".
 */
export async function pour(options: Pour): Promise<Poured> {
  const { connections, bodiesPerConnection, plan, token } = options
  const plans = repeated(connections * bodiesPerConnection, plan)
  const requests = makeBatchRequests(plans, token, 1)
  const turns = new Array<number>(connections).fill(0)
  let accepted = 0
  let refused = 0
  const next = (connection: number): Buffer => {
    const turn = (turns[connection] = (turns[connection]! + 1) % bodiesPerConnection)
    const request = requests[connection * bodiesPerConnection + turn]!
    request.stamp(Date.now())
    return request.bytes
  }
  const onAnswer = ({ status, body }: Answer): number | undefined => {
    if (status === ACCEPTED) {
      accepted += plan.observations
      return undefined
    }
    if (!FULL.has(status)) throw new Error(`A batch was answered ${status}: ${body.toString()}`)
    refused += 1
    return WAIT_WHEN_FULL_MS
  }
  const { port, durationMs } = options
  const { elapsedMs } = await closedLoop({ port, connections, durationMs, next, onAnswer })
  return { accepted, refused, elapsedMs }
}
