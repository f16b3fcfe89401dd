import type { Verdict } from './verdict.ts'

/**
 * Returns the text of a verdict, by which two of them are compared: JSON, its instants in RFC 3339.
 * How fresh an answer is depends on when it was asked for, and is left out; all the rest follows from
 * the heads, `as_of`, and the question. Members are in the order in which the verdict was built, which
 * is the same in every process that runs this code.
 */
export function canonicalVerdict(verdict: Verdict): string {
  const as_of = new Date(verdict.as_of).toISOString()
  return JSON.stringify({ ...verdict, as_of, freshness_ms: undefined })
}
