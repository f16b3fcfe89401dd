import { performance } from 'node:perf_hooks'

import type { Answer } from './answer-parser.ts'
import { openConnections } from './connection.ts'

/** How often due requests are looked for. */
const TICK_MS = 2

export interface Paced {
  readonly port: number
  /** Requests that may be under way at the same time; what is due beyond waits its turn. */
  readonly connections: number
  readonly perSecond: number
  /** Returns request `index` (0, 1, 2 …), to be sent on a connection; undefined ends it. */
  readonly next: (index: number, connection: number) => Buffer | undefined
  readonly onAnswer?: (answer: Answer, index: number) => void
}

export interface PacedRun {
  /** Settles when the last answer is there; rejects when a connection breaks. */
  readonly done: Promise<void>
  /** Requests sent so far. */
  sent(): number
  /** Sends no more; `done` settles with the answers to what is under way. */
  stop(): void
}

/**
 * Sends at a given rate, whatever the answers do: request `index` is due `index / perSecond` after
 * the start, so that a late one is made up for. Throws when the connections cannot be opened.
 */
export async function startPaced(paced: Paced): Promise<PacedRun> {
  const { connections, broken, close } = await openConnections(paced.port, paced.connections)
  const free = connections.map((_, connection) => connection)
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const begin = performance.now()
  let sent = 0
  let isOver = false
  const settle = (): void => {
    if (isOver && free.length === connections.length) end()
  }
  const sendOne = (connection: number): void => {
    const index = sent
    const request = paced.next(index, connection)
    if (request === undefined) {
      isOver = true
      free.push(connection)
      return
    }
    sent += 1
    connections[connection]!.exchange(request, (answer) => {
      free.push(connection)
      paced.onAnswer?.(answer, index)
      tick()
    })
  }
  const tick = (): void => {
    const due = Math.floor(((performance.now() - begin) / 1_000) * paced.perSecond) + 1
    while (!isOver && sent < due && free.length > 0) sendOne(free.shift()!)
    settle()
  }
  const timer = setInterval(tick, TICK_MS)
  const done = Promise.race([ended, broken]).finally(() => {
    clearInterval(timer)
    close()
  })
  return {
    done,
    sent: () => sent,
    stop: () => {
      isOver = true
      settle()
    },
  }
}
