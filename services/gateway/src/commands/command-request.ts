import { createHash } from 'node:crypto'

import { type Actor, lineOf } from '@portcullis/contracts'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'

import { problem } from '../problem/problem.ts'
import type { AskedCommand } from './command-desk.ts'

/** The headers of every command. */
export const CommandHeaders = z.looseObject({
  'idempotency-key': lineOf(128)
    .optional()
    .describe('Makes a retry safe: the same key gives the same answer, and nothing happens twice'),
  prefer: z
    .string()
    .max(1_024)
    .optional()
    .describe('`respond-async`: 202 as soon as the command is written'),
  // Checked before, with the bytes of the body (`access/signature.ts`).
  'x-signature': z
    .string()
    .optional()
    .describe(
      'Hex HMAC-SHA256 of the body with OPS_HMAC_SECRET; where the two below are sent, of ' +
        '`timestamp.nonce.METHOD.path.body`. One that is sent must hold',
    ),
  'x-timestamp': z.string().optional().describe('Unix seconds or milliseconds, with `X-Nonce`'),
  'x-nonce': z
    .string()
    .optional()
    .describe('8 to 128 printable characters that were never sent before, with `X-Timestamp`'),
})

/** What a command's request says beside the command. */
export type CommandOrigin = Pick<AskedCommand, 'actor' | 'correlationId' | 'retry'>

/** Returns who asks, and how a retry of the request would be known. */
export function originOf(request: FastifyRequest): CommandOrigin {
  const key = request.headers['idempotency-key']
  return {
    actor: actorOf(request),
    correlationId: request.correlationId,
    retry: typeof key === 'string' ? { key, bodyHash: hashOf(request) } : null,
  }
}

/** Whether the caller wants to be answered before the command is decided (RFC 7240). */
export function wantsAsync({ headers: { prefer } }: FastifyRequest): boolean {
  const preferences = typeof prefer === 'string' ? prefer.split(',') : []
  return preferences.some((one) => one.split(';', 1)[0]!.trim().toLowerCase() === 'respond-async')
}

function actorOf({ principal: { kind, id } }: FastifyRequest): Actor {
  // No command is open to anybody: `who-may.ts` asks for a scope.
  if (kind === 'anonymous') throw problem('UNAUTHENTICATED')
  return { kind, id }
}

/** Hex SHA-256 of the path and the bytes of the body. */
function hashOf({ url, rawBody }: FastifyRequest): string {
  return createHash('sha256')
    .update(`${url}\n`)
    .update(rawBody ?? '')
    .digest('hex')
}
