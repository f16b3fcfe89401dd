import type { EpochMs } from '@portcullis/contracts'

import { EXIT } from '../exit.ts'
import { failure } from '../failure.ts'
import { parseSpan } from './span.ts'

/** When something ends: at an instant, or after a while. */
export const END_OPTIONS = {
  until: { type: 'string', value: 'INSTANT', description: 'its end, like 2026-12-01T12:00:00Z' },
  for: { type: 'string', value: 'SPAN', description: 'or how long it lasts: 30m, 2h, 1d' },
} as const

/** Returns the end that was given, as RFC 3339; throws where there is none, or two. */
export function endOf(
  { until, for: span }: { readonly until: string | undefined; readonly for: string | undefined },
  now: EpochMs,
): string {
  if ((until === undefined) === (span === undefined)) {
    throw failure(EXIT.usage, 'give --until INSTANT, or --for SPAN.')
  }
  if (until !== undefined) return until
  const spanMs = parseSpan(span!)
  if (spanMs === undefined) throw failure(EXIT.usage, 'give --for a span, like 30m, 2h or 1d.')
  return new Date(now + spanMs).toISOString()
}
