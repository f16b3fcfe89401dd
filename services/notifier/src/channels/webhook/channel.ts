import { createHash } from 'node:crypto'

import { Webhook } from 'standardwebhooks'

import type { Channel } from '../channel.ts'

/** A receiver of Standard Webhooks 1.0. */
export interface WebhookSettings {
  readonly name: string
  readonly url: string
  /** `whsec_` and the base64 of 24 to 64 bytes. */
  readonly secret: string
}

/** Of an answer no more than this is read: nothing in it is wanted. */
const ANSWER_BYTES_MAX = 16 * 1_024

/** Makes a channel that posts signed JSON (https://www.standardwebhooks.com, 1.0). */
export function webhookChannel({ name, url, secret }: WebhookSettings): Channel {
  const signer = new Webhook(secret)
  return {
    name,
    receiver: createHash('sha256').update(url).digest('hex'),
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
        await readToEnd(response)
        return {
          kind: 'answered',
          status: response.status,
          retryAfterMs: retryAfterMsOf(response.headers.get('retry-after'), at),
        }
      } catch (error) {
        return isTimeOut(error)
          ? { kind: 'timed out' }
          : { kind: 'unanswered', error: withoutUrls(describe(error)) }
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

/**
 * Reads a short answer to its end, or the connection could not be used again. One that is longer costs
 * its connection; one that breaks off, or does not end in time, has still said its status.
 */
async function readToEnd({ body }: Response): Promise<void> {
  let bytes = 0
  try {
    for await (const chunk of body ?? []) {
      bytes += (chunk as Uint8Array).byteLength
      // Leaving the loop cancels the body.
      if (bytes > ANSWER_BYTES_MAX) return
    }
  } catch {
    return
  }
}

function isTimeOut(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `${error.message}${cause}`
}

/**
 * Leaves the origin of every URL in a text: what this returns is stored for good and shown, and a
 * receiver's URL may hold a password or, in its path and query, a secret.
 */
export function withoutUrls(text: string): string {
  return text.replaceAll(/[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/giu, (url) =>
    URL.canParse(url) ? new URL(url).origin : 'a URL',
  )
}
