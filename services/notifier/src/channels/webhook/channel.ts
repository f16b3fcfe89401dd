import { Webhook } from 'standardwebhooks'

import type { Channel } from '../channel.ts'

/** A receiver of Standard Webhooks 1.0. */
export interface WebhookSettings {
  readonly name: string
  readonly url: string
  /** `whsec_` and the base64 of 24 to 64 bytes. */
  readonly secret: string
}

/** Makes a channel that posts signed JSON (https://www.standardwebhooks.com, 1.0). */
export function webhookChannel({ name, url, secret }: WebhookSettings): Channel {
  const signer = new Webhook(secret)
  return {
    name,
    send: async ({ id, at, body }, signal) => {
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'Portcullis',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': signer.sign(id, at, body),
      }
      try {
        // A redirect is a failure (Standard Webhooks, "Redirects"): the secret's holder is one URL.
        const init = { method: 'POST', headers, body, signal, redirect: 'manual' } as const
        const response = await fetch(url, init)
        // Read to the end, or the connection cannot be used again.
        await response.arrayBuffer()
        return {
          kind: 'answered',
          status: response.status,
          retryAfterMs: retryAfterMsOf(response.headers.get('retry-after'), at),
        }
      } catch (error) {
        return { kind: 'unanswered', error: describe(error) }
      }
    },
  }
}

/** Reads `Retry-After`: seconds, or an HTTP date (RFC 9110, 10.2.3). Null where it is neither. */
export function retryAfterMsOf(value: string | null, at: Date): number | null {
  if (value === null) return null
  if (/^\d{1,9}$/u.test(value.trim())) return Number(value) * 1_000
  const until = Date.parse(value)
  return Number.isNaN(until) ? null : Math.max(0, until - at.getTime())
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'no answer in time'
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `${error.message}${cause}`
}
