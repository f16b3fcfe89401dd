import type { Socket } from 'node:net'

import { SECOND_MS } from '@portcullis/contracts'

import { problem } from '../problem/problem.ts'
import type { Gateway } from '../zod-routes.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether the gateway takes no more requests. */
    readonly isClosing: () => boolean
  }
}

/** By then another gateway answers, or the next one is up. */
const RETRY_SECONDS = 1

/** How long a closing gateway waits for its connections. */
export interface ClosingTimes {
  /** For the first byte of one on which nothing was ever said: browsers open such ones in advance. */
  readonly silentMs: number
  /** For the others. */
  readonly graceMs: number
}

/** Less than a part of a process has to close. */
const CLOSING_TIMES: ClosingTimes = { silentMs: SECOND_MS, graceMs: 8 * SECOND_MS }

/**
 * Refuses what still arrives on open connections while the gateway closes; what was under way before
 * is answered. Must be installed before whatever asks the store: that closes, too.
 *
 * No connection outlives its answer then: one that is kept alive would be waited for until its client
 * ends it. Whoever says nothing, or half a request, is hung up on, for Node times nobody out any more.
 */
export function addClosing(app: Gateway, times: ClosingTimes = CLOSING_TIMES): void {
  const sockets = new Set<Socket>()
  const timers: NodeJS.Timeout[] = []
  let isClosing = false
  app.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  app.decorate('isClosing', () => isClosing)
  app.addHook('preClose', (done) => {
    isClosing = true
    timers.push(
      setTimeout(() => hangUpOnSilent(sockets), times.silentMs),
      setTimeout(() => app.server.closeAllConnections(), times.graceMs),
    )
    done()
  })
  app.addHook('onClose', (_app, done) => {
    for (const timer of timers) clearTimeout(timer)
    done()
  })
  app.addHook('onRequest', (_request, _reply, done) => {
    done(isClosing ? closing() : undefined)
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (isClosing) reply.header('connection', 'close')
    done(null, payload)
  })
}

function hangUpOnSilent(sockets: ReadonlySet<Socket>): void {
  for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
}

function closing() {
  return problem('GATEWAY_CLOSING', {
    retryAfterSeconds: RETRY_SECONDS,
    headers: { connection: 'close' },
  })
}
