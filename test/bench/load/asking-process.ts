// A load that asks the same few questions again and again, as fast as the answers come.
import { serveParent } from '../children/serve-parent.ts'
import { closedLoop } from '../http/closed-loop.ts'
import { percentile } from '../statistics.ts'

export interface Asking {
  readonly port: number
  readonly connections: number
  readonly durationMs: number
  /** Whole requests, sent in turn. */
  readonly requests: readonly Uint8Array[]
}

export interface Asked {
  readonly answered: number
  readonly elapsedMs: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Answers by status. */
  readonly statuses: Readonly<Record<number, number>>
}

async function ask({ port, connections, durationMs, requests }: Asking): Promise<Asked> {
  const buffers = requests.map((bytes) => Buffer.from(bytes))
  let sent = 0
  const next = (): Buffer => buffers[(sent += 1) % buffers.length]!
  const result = await closedLoop({ port, connections, durationMs, next })
  const { answered, elapsedMs, latenciesMs, statuses } = result
  return {
    answered,
    elapsedMs,
    p50Ms: percentile(latenciesMs, 50),
    p99Ms: percentile(latenciesMs, 99),
    statuses,
  }
}

const methods = { ask }
export type AskingProcess = typeof methods

serveParent(methods)
