import { createHmac, timingSafeEqual } from 'node:crypto'

import { MINUTE_MS, SECOND_MS, type EpochMs } from '@portcullis/contracts'
import type { Clock } from '@portcullis/runtime'

import { problem } from '../problem/problem.ts'

/** How far a signed timestamp may be from the gateway's clock, either way. */
export const TIMESTAMP_WINDOW_MS = 5 * MINUTE_MS
/**
 * How long a nonce is remembered: a timestamp from five minutes ahead can be used for ten, so a
 * shorter memory would let such a request be replayed.
 */
export const NONCE_KEPT_MS = 2 * TIMESTAMP_WINDOW_MS

/** Remembers a nonce over all gateways; resolves to whether it is new. */
export type ClaimNonce = (nonce: string, now: EpochMs) => Promise<boolean>

/** What of a request is signed. */
export interface SignedRequest {
  readonly method: string
  /** The path as it was requested, with the query. */
  readonly url: string
  /** The bytes as they were received. */
  readonly body: Uint8Array
  readonly signature: string | undefined
  readonly timestamp: string | undefined
  readonly nonce: string | undefined
}

/**
 * Verifies a request's signature; rejects with the problem UNAUTHORIZED, which says what was wrong.
 * With `fresh`, a timestamp and a nonce must be signed too.
 */
export type VerifySignature = (
  request: SignedRequest,
  demand: { readonly fresh: boolean },
) => Promise<void>

const NONCE = /^[\x21-\x7e]{8,128}$/u

/** Returns the verification with OPS_HMAC_SECRET; without one every signature is refused, and told so. */
export function createSignatureVerification(
  secret: string | undefined,
  claimNonce: ClaimNonce,
  clock: Clock,
): VerifySignature {
  return async (request, { fresh }) => {
    if (secret === undefined) throw unauthorized('OPS_HMAC_SECRET is not set')
    const { signature, timestamp, nonce } = request
    if (signature === undefined) throw unauthorized('X-Signature is missing')
    if (timestamp === undefined && nonce === undefined) {
      if (fresh) throw unauthorized('X-Timestamp and X-Nonce are required here')
      return requireHmac(secret, request.body, '', signature)
    }
    if (timestamp === undefined || nonce === undefined) {
      throw unauthorized('X-Timestamp and X-Nonce belong together')
    }
    requireRecent(timestamp, clock.now())
    if (!NONCE.test(nonce)) throw unauthorized('X-Nonce must be 8 to 128 printable characters')
    const prefix = `${timestamp}.${nonce}.${request.method}.${request.url}.`
    requireHmac(secret, request.body, prefix, signature)
    // Last, so that nobody without the secret can use up a nonce.
    if (!(await claimNonce(nonce, clock.now()))) throw unauthorized('X-Nonce was used before')
  }
}

/** Returns hex HMAC-SHA256 of the body, or of `timestamp.nonce.METHOD.path.body`. */
export function sign(secret: string, body: Uint8Array, prefix = ''): string {
  return createHmac('sha256', secret).update(prefix).update(body).digest('hex')
}

function requireHmac(secret: string, body: Uint8Array, prefix: string, signature: string): void {
  const expected = Buffer.from(sign(secret, body, prefix), 'hex')
  const given = Buffer.from(/^[0-9a-f]{64}$/iu.test(signature) ? signature : '', 'hex')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw unauthorized('X-Signature does not fit the request')
  }
}

/** Unix seconds, or milliseconds where there are 13 digits. */
function requireRecent(timestamp: string, now: EpochMs): void {
  if (!/^(?:\d{10}|\d{13})$/u.test(timestamp)) {
    throw unauthorized('X-Timestamp must be Unix seconds or milliseconds')
  }
  const at = timestamp.length === 13 ? Number(timestamp) : Number(timestamp) * SECOND_MS
  if (Math.abs(now - at) > TIMESTAMP_WINDOW_MS) {
    throw unauthorized('X-Timestamp is more than 5 minutes from now')
  }
}

function unauthorized(detail: string) {
  return problem('UNAUTHORIZED', { detail })
}
