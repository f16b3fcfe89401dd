import { waitFor } from '@portcullis/testkit'

import type { ServiceProcess } from './service-process.ts'

/** An answer, read to its end. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** The body as JSON; its text where it is none. */
  readonly body: unknown
}

export interface AskOptions {
  readonly method?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

/** A gateway, and how it is talked to. */
export interface Gateway {
  readonly process: ServiceProcess
  readonly url: string
  /** Sends a request with the admin's token. Throws where no answer comes. */
  ask(path: string, options?: AskOptions): Promise<Answer>
}

const TIMEOUT_MS = 15_000

/** Returns the gateway that listens at an address. */
export function gatewayAt(
  process: ServiceProcess,
  { url, token }: { url: string; token: string },
): Gateway {
  return {
    process,
    url,
    ask: async (path, { method = 'GET', body, headers = {}, timeoutMs = TIMEOUT_MS } = {}) => {
      const isText = typeof body === 'string'
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      })
      const text = await answer.text()
      return { status: answer.status, headers: answer.headers, body: jsonOf(text) }
    },
  }
}

const READY_MS_MAX = 180_000

/** Waits until a gateway can do its work: it has seen its queues, and an aggregator was heard of. */
export async function untilReady(gateway: Gateway): Promise<void> {
  const isReady = async () => (await gateway.ask('/ops/ready')).status === 200
  await waitFor(isReady, { what: `200 of /ops/ready`, timeoutMs: READY_MS_MAX, pollMs: 50 })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Some answers are no JSON; what they say is shown as it is.
    return text
  }
}
