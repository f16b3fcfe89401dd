import { hash } from 'node:crypto'

import type { EpochMs } from '@portcullis/contracts'
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
/** Of base64url: 132 bits. */
const FINGERPRINT_LENGTH = 22

/** Returns the answer to send: the verdict, its fingerprint, and when and how fresh it was. */
export function answerOf(verdict: Verdict, generatedAt: EpochMs): GuardAnswer {
  const text = canonicalVerdict(verdict)
  const occasion = JSON.stringify({
    generated_at: new Date(generatedAt).toISOString(),
    freshness_ms: verdict.freshness_ms,
  })
  return {
    pass: verdict.pass,
    body: Buffer.from(`${text.slice(0, -1)},${occasion.slice(1)}`),
    headers: headersOf(verdict, text),
  }
}

function headersOf({ pass, position }: Verdict, text: string): GuardAnswer['headers'] {
  return {
    'content-type': 'application/json; charset=utf-8',
    etag: `"${hash('sha256', text, 'base64url').slice(0, FINGERPRINT_LENGTH)}"`,
    // Of the log; there is none where the store could not be reached.
    ...(position === null ? {} : { 'x-portcullis-position': String(position) }),
    ...(pass ? {} : { 'retry-after': String(RETRY_AFTER_SECONDS) }),
  }
}
