import { createHmac } from 'node:crypto'

import { SECOND_MS } from '@portcullis/contracts'
import { randomUuid, systemClock } from '@portcullis/runtime'

import { EXIT } from '../exit.ts'
import { failure, reasonOf } from '../failure.ts'
import type { Installation } from '../installation.ts'
import { type GatewayAddress, gatewayOf } from './address.ts'
import { isWrongCall } from './wrong-call.ts'

export interface GatewayRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  /** What is undefined is left out. */
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  /** Aborts what takes too long; by default that is 30 seconds. */
  readonly limit?: AbortSignal
}

/** A JSON answer, whatever its status. */
export interface GatewayAnswer {
  readonly status: number
  readonly body: unknown
}

/** What came back, whoever sent it. */
export interface GatewayReply {
  readonly status: number
  readonly text: string
  readonly retryAfter: string | null
}

/** Of one question; longer than a gateway waits for a decision (PORTCULLIS_COMMAND_WAIT_MS, 5 s by default). */
export const ANSWER_TIMEOUT_MS = 30 * SECOND_MS

/**
 * Asks the gateway of an installation. Throws a failure (`unreachable`) when there is no answer in
 * time, or one that no gateway gives.
 */
export async function askGateway(
  installation: Installation,
  request: GatewayRequest,
): Promise<GatewayAnswer> {
  const address = gatewayOf(installation)
  const reply = await exchange(address, request)
  const body = jsonOf(reply)
  if (body === undefined) throw foreignAnswer(address, reply)
  return { status: reply.status, body }
}

/** Returns the value that a reply carries; undefined where it is no JSON. */
export function jsonOf({ text }: GatewayReply): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Returns the failure that a reply stands for which is no JSON: something else answers at that address. */
export function foreignAnswer({ url }: GatewayAddress, { status }: GatewayReply): Error {
  const exit = isWrongCall(status) ? EXIT.usage : EXIT.unreachable
  const what = `${url} answered ${status}, and not as a gateway does`
  return failure(exit, `${what}; check PORTCULLIS_URL and what stands between.`)
}

/** Sends a request. Throws a failure (`unreachable`) when nothing came back within its limit. */
export async function exchange(
  address: GatewayAddress,
  { method = 'GET', path, query = {}, body, limit }: GatewayRequest,
): Promise<GatewayReply> {
  const { url } = address
  const target = new URL(url + path)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) target.searchParams.set(name, value)
  }
  const text = body === undefined ? '' : JSON.stringify(body)
  const sent = { method, path: path + target.search, body: text }
  try {
    const response = await fetch(target, {
      method,
      headers: headersOf(address, sent),
      ...(body === undefined ? {} : { body: text }),
      // A gateway redirects nobody: something else answers there.
      redirect: 'manual',
      signal: limit ?? AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    })
    const retryAfter = response.headers.get('retry-after')
    return { status: response.status, text: await response.text(), retryAfter }
  } catch (error) {
    const why = error instanceof Error && error.cause !== undefined ? error.cause : error
    const advice = 'start it, or set PORTCULLIS_URL.'
    throw failure(
      EXIT.unreachable,
      `the gateway ${url} cannot be reached (${reasonOf(why)}); ${advice}`,
      error,
    )
  }
}

interface SentRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  /** Empty where there is none. */
  readonly body: string
}

function headersOf(
  { token, hmacSecret }: GatewayAddress,
  sent: SentRequest,
): Record<string, string> {
  return {
    accept: 'application/json, application/problem+json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(sent.body === '' ? {} : { 'content-type': 'application/json' }),
    ...(hmacSecret === undefined || sent.method === 'GET' ? {} : signatureOf(hmacSecret, sent)),
  }
}

/**
 * Returns the headers of a signature that holds once and for five minutes (docs/api.md, "Signatures"). The path is
 * the gateway's own: one that PORTCULLIS_URL has in front of it is that of a proxy.
 */
function signatureOf(secret: string, { method, path, body }: SentRequest): Record<string, string> {
  const timestamp = String(Math.floor(systemClock.now() / SECOND_MS))
  const nonce = randomUuid()
  const text = `${timestamp}.${nonce}.${method}.${path}.${body}`
  const signature = createHmac('sha256', secret).update(text).digest('hex')
  return { 'x-timestamp': timestamp, 'x-nonce': nonce, 'x-signature': signature }
}
