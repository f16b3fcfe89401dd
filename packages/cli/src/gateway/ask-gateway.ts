import { SECOND_MS } from '@portcullis/contracts'

import { EXIT } from '../exit.ts'
import { failure, reasonOf } from '../failure.ts'
import type { Installation } from '../installation.ts'
import { type GatewayAddress, gatewayOf } from './address.ts'

export interface GatewayRequest {
  readonly method?: 'GET' | 'POST'
  readonly path: string
  /** What is undefined is left out. */
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
}

/** A JSON answer, whatever its status. */
export interface GatewayAnswer {
  readonly status: number
  readonly body: unknown
}

/** Longer than a gateway waits for a decision (PORTCULLIS_COMMAND_WAIT_MS, 5 s by default). */
const ANSWER_TIMEOUT_MS = 30 * SECOND_MS

/**
 * Asks the gateway of an installation. Throws a failure (`unreachable`) when there is no answer in
 * time, or one that no gateway gives.
 */
export async function askGateway(
  installation: Installation,
  request: GatewayRequest,
): Promise<GatewayAnswer> {
  const address = gatewayOf(installation)
  const { status, text } = await exchange(address, request)
  try {
    return { status, body: JSON.parse(text) as unknown }
  } catch (error) {
    const what = `${address.url} answered ${status}, and not as a gateway does`
    throw failure(EXIT.unreachable, `${what}; check PORTCULLIS_URL and what stands between.`, error)
  }
}

async function exchange(
  { url, token }: GatewayAddress,
  { method = 'GET', path, query = {}, body }: GatewayRequest,
): Promise<{ status: number; text: string }> {
  const target = new URL(url + path)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) target.searchParams.set(name, value)
  }
  try {
    const response = await fetch(target, {
      method,
      headers: {
        accept: 'application/json, application/problem+json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // A gateway redirects nobody: something else answers there.
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    })
    return { status: response.status, text: await response.text() }
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
