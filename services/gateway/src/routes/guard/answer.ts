import { hash } from 'node:crypto'

import type { EpochMs } from '@portcullis/contracts'
import { canonicalVerdict, type Finding, type Verdict } from '@portcullis/domain'

/** A verdict as it is sent. */
export interface GuardAnswer {
  readonly pass: boolean
  /** JSON, encoded once for all who ask the same. */
  readonly body: Buffer
  readonly etag: string
  /** Of the log; null where the store could not be reached. */
  readonly position: number | null
}

/** The bucket that runs ends within so many seconds: nothing new is likely before. */
export const RETRY_AFTER_SECONDS = 10

/** Returns the answer to send: the verdict with its instants in RFC 3339, and its fingerprint. */
export function answerOf(verdict: Verdict, generatedAt: EpochMs): GuardAnswer {
  const { as_of, violations, warnings, ...rest } = verdict
  const body = JSON.stringify({
    ...rest,
    violations: violations.map(shown),
    warnings: warnings.map(shown),
    as_of: new Date(as_of).toISOString(),
    generated_at: new Date(generatedAt).toISOString(),
  })
  const fingerprint = hash('sha256', canonicalVerdict(verdict), 'base64url').slice(0, 22)
  return {
    pass: verdict.pass,
    body: Buffer.from(body),
    etag: `"${fingerprint}"`,
    position: verdict.position,
  }
}

/** Members of evidence that are instants. */
const INSTANTS = ['first_seen', 'since', 'until', 'last_heard_at'] as const

/** Returns a finding with its instants as people read them. */
function shown(finding: Finding): Finding {
  const evidence = { ...finding.evidence }
  for (const name of INSTANTS) {
    const at = evidence[name]
    if (typeof at === 'number') evidence[name] = new Date(at).toISOString()
  }
  return { ...finding, evidence }
}
