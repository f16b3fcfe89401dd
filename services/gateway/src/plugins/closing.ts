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

/**
 * Refuses what still arrives on open connections while the gateway closes; what was under way before
 * is answered. Must be installed before whatever asks the store: that closes, too.
 */
export function addClosing(app: Gateway): void {
  let isClosing = false
  app.decorate('isClosing', () => isClosing)
  app.addHook('preClose', (done) => {
    isClosing = true
    done()
  })
  app.addHook('onRequest', (_request, _reply, done) => {
    done(isClosing ? closing() : undefined)
  })
}

function closing() {
  return problem('GATEWAY_CLOSING', {
    retryAfterSeconds: RETRY_SECONDS,
    headers: { connection: 'close' },
  })
}
