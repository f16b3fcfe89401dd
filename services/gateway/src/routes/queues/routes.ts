import type { QueueBackend } from '@portcullis/queues'

import type { Gateway } from '../../zod-routes.ts'
import { BOARD_PATH, createBoard } from './board.ts'

/**
 * What the board's own page may load: its scripts, styles and pictures. It sets styles on elements and
 * has one style element of its own; Google's fonts, which it asks for, stay away.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'self'",
].join('; ')

const READING = ['GET', 'HEAD']

const GOOGLE_FONTS = /<link href="https:\/\/fonts\.googleapis\.com[^>]*>/u

/** Bull Board at `/queues`: `queues:read` looks, `queues:write` changes (who-may.ts). */
export async function addQueues(scope: Gateway, queues: QueueBackend): Promise<void> {
  scope.decorate('accessOfMethods', (methods: readonly string[]) =>
    methods.every((method) => READING.includes(method)) ? 'queues:read' : 'queues:write',
  )
  scope.addHook('onSend', async (_request, reply, payload) => {
    reply.header('content-security-policy', POLICY)
    return typeof payload === 'string' ? payload.replace(GOOGLE_FONTS, '') : payload
  })
  await scope.register(createBoard(queues).registerPlugin(), { prefix: BOARD_PATH })
}
