import { once } from 'node:events'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'

import type { WireBatch } from './batch.ts'

/** A `202` may name every bucket of a batch; longer answers are not read to their end. */
const ANSWER_BYTES_MAX = 1_024 * 1_024
const DETAIL_LENGTH_MAX = 300

/** Statuses below 500 that say "not now", not "never" (RFC 9110, RFC 8470, RFC 6585). */
const RETRYABLE = new Set([408, 425, 429])

/** What became of one attempt. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly rejected: readonly Rejection[] }
  | { readonly kind: 'refused'; readonly detail: string }
  | {
      readonly kind: 'retry'
      readonly detail: string
      /** What the gateway asked for, as it wrote it. */
      readonly retryAfter: string | null
    }

/** A bucket that the gateway took not, by its index in the batch. */
export interface Rejection {
  readonly index: number
  readonly error: string
}

export interface Attempt {
  readonly endpoint: string
  readonly token: string
  /** Epoch milliseconds. */
  readonly now: number
  readonly signal: AbortSignal
}

/** Posts the batch once. Never throws: what the network does to it is an outcome, too. */
export async function deliver(batch: WireBatch, attempt: Attempt): Promise<Outcome> {
  try {
    const response = await post(batch, attempt)
    return outcomeOf(response, await readBounded(response))
  } catch (error) {
    return { kind: 'retry', detail: sentenceOf(error), retryAfter: null }
  }
}

/**
 * With node:http rather than `fetch`, whose sockets keep the process alive until an answer comes: a
 * program that has ended would wait for a gateway that hangs. Neither follows a redirect here: a
 * redirected POST can become a GET, and the token is meant for this gateway alone.
 */
async function post(batch: WireBatch, attempt: Attempt): Promise<IncomingMessage> {
  const { endpoint, token, signal } = attempt
  const request = (endpoint.startsWith('https:') ? requestHttps : requestHttp)(endpoint, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      ...(batch.encoding === undefined ? {} : { 'Content-Encoding': batch.encoding }),
      // The body's `sent_at` is that of the first attempt, because the bytes stay the same. By
      // this one the gateway tells a clock that is wrong from a batch that had to wait.
      'X-Portcullis-Sent-At': String(attempt.now),
    },
    signal,
  })
  request.on('socket', (socket) => socket.unref())
  // What breaks after the answer began is told by the answer; unheard here, it would be thrown.
  request.on('error', () => undefined)
  const answered = once(request, 'response')
  request.end(batch.body)
  const [response] = (await answered) as [IncomingMessage]
  return response
}

function outcomeOf({ statusCode = 0, headers }: IncomingMessage, text: string): Outcome {
  if (statusCode >= 200 && statusCode <= 299) {
    return { kind: 'accepted', rejected: rejectionsOf(text) }
  }
  const detail = `HTTP ${statusCode}${text === '' ? '' : `: ${text.slice(0, DETAIL_LENGTH_MAX)}`}`
  if (statusCode >= 500 || RETRYABLE.has(statusCode)) {
    return { kind: 'retry', detail, retryAfter: headers['retry-after'] ?? null }
  }
  return { kind: 'refused', detail }
}

/** Reads the whole body when it is not too long; an unread one would keep the connection busy. */
async function readBounded(response: IncomingMessage): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength
    if (bytes > ANSWER_BYTES_MAX) break
    text += decoder.decode(chunk, { stream: true })
  }
  return text
}

function rejectionsOf(text: string): Rejection[] {
  const answer = parsed(text)
  if (!isRecord(answer) || !Array.isArray(answer['rejected'])) return []
  return answer['rejected'].filter(isRejection)
}

function isRejection(value: unknown): value is Rejection {
  return isRecord(value) && Number.isInteger(value['index']) && typeof value['error'] === 'string'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Where a name has several addresses and none answers, the error has a code and no message. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.message !== '') return error.message
  return 'code' in error ? String(error.code) : error.name
}
