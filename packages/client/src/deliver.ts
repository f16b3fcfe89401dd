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

function post(batch: WireBatch, attempt: Attempt): Promise<Response> {
  return fetch(attempt.endpoint, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${attempt.token}`,
      'Content-Type': 'application/json',
      ...(batch.encoding === undefined ? {} : { 'Content-Encoding': batch.encoding }),
      // The body's `sent_at` is that of the first attempt, because the bytes stay the same. By
      // this one the gateway tells a clock that is wrong from a batch that had to wait.
      'X-Portcullis-Sent-At': String(attempt.now),
    },
    body: batch.body,
    signal: attempt.signal,
    // A redirected POST can become a GET, and the token is meant for this gateway alone.
    redirect: 'manual',
  })
}

function outcomeOf(response: Response, text: string): Outcome {
  if (response.ok) return { kind: 'accepted', rejected: rejectionsOf(text) }
  const detail = `HTTP ${response.status}${text === '' ? '' : `: ${text.slice(0, DETAIL_LENGTH_MAX)}`}`
  if (response.status >= 500 || RETRYABLE.has(response.status)) {
    return { kind: 'retry', detail, retryAfter: response.headers.get('retry-after') }
  }
  return { kind: 'refused', detail }
}

/** Reads the whole body when it is not too long; an unread one would keep the connection busy. */
async function readBounded(response: Response): Promise<string> {
  if (response.body === null) return ''
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of response.body) {
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

/** `fetch` says "fetch failed" and hides why in the cause. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
