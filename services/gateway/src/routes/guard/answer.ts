import { hash } from 'node:crypto'

import { type EpochMs, SECOND_MS } from '@portcullis/contracts'
import { canonicalVerdict, type Verdict } from '@portcullis/domain'

/** A verdict as it is sent. */
export interface GuardAnswer {
  readonly pass: boolean
  /** JSON, encoded once for all who ask the same. */
  readonly body: Buffer
  /** Of the answer itself, beside those that all answers have. */
  readonly headers: Readonly<Record<string, string>>
}

/** The bucket that runs ends within so many seconds: nothing new is likely before. */
const RETRY_AFTER_SECONDS = 10
/** Somebody may do something meanwhile. */
const RETRY_AFTER_SECONDS_MAX = 300
/** Of base64url: 132 bits. */
const FINGERPRINT_LENGTH = 22

/** What an answer says beside its verdict. */
export interface AnswerOptions {
  readonly explain: boolean
  readonly generatedAt: EpochMs
  /** Of an answer about the past. */
  readonly precision?: 'exact' | 'minute'
}

/** Returns the answer to send: the verdict, its fingerprint, and when and how fresh it was. */
export function answerOf(
  verdict: Verdict,
  { explain, generatedAt, precision }: AnswerOptions,
): GuardAnswer {
  const text = canonicalVerdict(verdict, explain)
  const occasion = JSON.stringify({
    generated_at: new Date(generatedAt).toISOString(),
    freshness_ms: verdict.freshness_ms,
    precision,
  })
  return {
    pass: verdict.pass,
    body: Buffer.from(`${text.slice(0, -1)},${occasion.slice(1)}`),
    headers: headersOf(verdict, text, precision === undefined),
  }
}

function headersOf(verdict: Verdict, text: string, isPresent: boolean): GuardAnswer['headers'] {
  return {
    'content-type': 'application/json; charset=utf-8',
    etag: `"${hash('sha256', text, 'base64url').slice(0, FINGERPRINT_LENGTH)}"`,
    // Of the log; there is none where the store could not be reached.
    ...(verdict.position === null ? {} : { 'x-portcullis-position': String(verdict.position) }),
    ...(verdict.pass || !isPresent ? {} : { 'retry-after': String(retryAfterSeconds(verdict)) }),
  }
}

/** Nobody needs to ask again before it can be otherwise. */
function retryAfterSeconds({ opens_at, as_of }: Verdict): number {
  if (opens_at === null) return RETRY_AFTER_SECONDS
  const seconds = Math.ceil((opens_at - as_of) / SECOND_MS)
  return Math.min(Math.max(seconds, 1), RETRY_AFTER_SECONDS_MAX)
}
