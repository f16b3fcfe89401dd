import { performance } from 'node:perf_hooks'

import type { Answer } from './answer-parser.ts'
import { type Connection, openConnections } from './connection.ts'

export interface ClosedLoop {
  readonly port: number
  readonly connections: number
  /**
   * Returns the next request of a connection, or undefined when it has no more. The bytes may be
   * changed after the answer, not before.
   */
  readonly next: (connection: number) => Buffer | undefined
  /** No request begins later than this after the start. Absent: `next` says when it is over. */
  readonly durationMs?: number
  /** Returns how long that connection shall wait before its next request, in milliseconds. */
  readonly onAnswer?: (answer: Answer, connection: number) => number | undefined
}

export interface ClosedLoopResult {
  readonly answered: number
  /** From the first request to the last answer. */
  readonly elapsedMs: number
  /** One per answer, in the order of the answers. */
  readonly latenciesMs: number[]
  /** Answers by status. */
  readonly statuses: Record<number, number>
}

/**
 * Asks as fast as the answers come: every connection sends its next request as soon as it has the
 * answer to the last one. Throws when a connection breaks.
 */
export async function closedLoop(loop: ClosedLoop): Promise<ClosedLoopResult> {
  const { connections, broken, close } = await openConnections(loop.port, loop.connections)
  const result = { answered: 0, latenciesMs: [], statuses: {} }
  try {
    const begin = performance.now()
    const endsAt = begin + (loop.durationMs ?? Infinity)
    const all = connections.map((each, index) => drive(each, index, { loop, endsAt, result }))
    await Promise.race([Promise.all(all), broken])
    return { ...result, elapsedMs: performance.now() - begin }
  } finally {
    close()
  }
}

interface Drive {
  readonly loop: ClosedLoop
  readonly endsAt: number
  readonly result: { answered: number; latenciesMs: number[]; statuses: Record<number, number> }
}

function drive(connection: Connection, index: number, run: Drive): Promise<void> {
  const { loop, endsAt, result } = run
  return new Promise((resolve) => {
    let sentAt = 0
    const send = (): void => {
      sentAt = performance.now()
      const request = sentAt < endsAt ? loop.next(index) : undefined
      if (request === undefined) resolve()
      else connection.exchange(request, take)
    }
    const take = (answer: Answer): void => {
      result.latenciesMs.push(performance.now() - sentAt)
      result.answered += 1
      result.statuses[answer.status] = (result.statuses[answer.status] ?? 0) + 1
      const waitMs = loop.onAnswer?.(answer, index)
      if (waitMs === undefined) send()
      else setTimeout(send, waitMs)
    }
    send()
  })
}
