import type { EpochMs } from '@portcullis/contracts'

/** As of when a question is meant. */
export const AT_OPTION = {
  type: 'string',
  value: 'INSTANT',
  description: 'as it was then, like 2026-12-01T12:00:00Z',
} as const

/** Returns the instant that a gateway has understood: RFC 3339, or epoch milliseconds. */
export function understoodInstant(at: string): EpochMs {
  return (/^\d+$/u.test(at) ? Number(at) : Date.parse(at)) as EpochMs
}
