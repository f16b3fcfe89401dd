// Clients that acknowledge incidents: each sends its next command when the last one is answered.
import { serveParent } from '../children/serve-parent.ts'
import type { Answer } from '../http/answer-parser.ts'
import { closedLoop } from '../http/closed-loop.ts'
import { requestBytes } from '../http/request-bytes.ts'
import { percentile } from '../statistics.ts'

export interface Acking {
  readonly port: number
  readonly token: string
  readonly clients: number
  /** Ids of distinct open incidents. */
  readonly incidents: readonly string[]
}

export interface Acked {
  readonly acks: number
  readonly elapsedMs: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const DONE = 200
/** What the answer shows of an incident that is acknowledged. */
const ACKNOWLEDGED = '"status":"acknowledged"'

async function acknowledge({ port, token, clients, incidents }: Acking): Promise<Acked> {
  const body = JSON.stringify({ reason: 'seen' })
  const requests = incidents.map((id) =>
    requestBytes({ method: 'POST', path: `/ops/incidents/${id}/ack`, token, body }),
  )
  const onAnswer = (answer: Answer): undefined => {
    const text = answer.body.toString()
    if (answer.status === DONE && text.includes(ACKNOWLEDGED)) return
    throw new Error(`An ack was answered ${answer.status}: ${text}`)
  }
  const next = (): Buffer | undefined => requests.pop()
  const result = await closedLoop({ port, connections: clients, next, onAnswer })
  return {
    acks: result.answered,
    elapsedMs: result.elapsedMs,
    p50Ms: percentile(result.latenciesMs, 50),
    p99Ms: percentile(result.latenciesMs, 99),
  }
}

const methods = { acknowledge }
export type AckingProcess = typeof methods

serveParent(methods)
