import type { Verdict } from './verdict.ts'

/**
 * Returns the text by which two verdicts are compared: JSON with sorted keys and no white space.
 * How fresh an answer is depends on when it was asked for, and is left out; all the rest follows
 * from the heads, `as_of`, and the question.
 */
export function canonicalVerdict(verdict: Verdict): string {
  return JSON.stringify(sorted({ ...verdict, freshness_ms: undefined }))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const)
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
