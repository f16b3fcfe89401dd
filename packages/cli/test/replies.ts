import type { Answered, Unanswered } from '../src/verdict/ask-verdict.ts'
import { VerdictAnswer } from '../src/verdict/verdict-answer.ts'

/** A verdict as a gateway sends it: passed, unless more is given. */
export function verdictBody(more: Readonly<Record<string, unknown>> = {}): object {
  const outcome = more['outcome'] ?? 'pass'
  return {
    service: 'shop',
    env: 'production',
    version: null,
    release: null,
    outcome,
    pass: outcome === 'pass',
    violations: [],
    warnings: [],
    position: 8,
    as_of: '2026-11-30T12:00:00.000Z',
    ...more,
  }
}

/** The reply that carries such a verdict. */
export function answered(
  more: Readonly<Record<string, unknown>> = {},
  retryAfterMs?: number,
): Answered {
  const body = verdictBody(more)
  return { kind: 'verdict', verdict: VerdictAnswer.parse(body), status: 200, body, retryAfterMs }
}

/** A question that brought no verdict. */
export function unanswered(more: Partial<Unanswered> = {}): Unanswered {
  const why = new Error('the gateway cannot be reached (ECONNREFUSED).')
  return { kind: 'silence', why, isOutage: true, retryAfterMs: undefined, ...more }
}
