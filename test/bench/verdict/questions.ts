import { requestBytes } from '../http/request-bytes.ts'
import type { CannedAnswer } from '../peers/bare-fastify-process.ts'
import type { Product } from '../product/start-product.ts'

/** A question to the guard. */
export interface Question {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** The four sets of parameters that are asked for in turn. */
export const questions: readonly Question[] = [
  { path: '/ops/release-guard', headers: {} },
  { path: '/ops/release-guard?allow_warn=false', headers: {} },
  { path: '/ops/release-guard?check_regress=true&min_samples=10', headers: {} },
  { path: '/ops/release-guard?hard_error_pct=30', headers: { 'x-guard-min-esc-level': '0' } },
]

/** Returns the questions as whole requests. */
export function questionRequests(token: string): Buffer[] {
  return questions.map(({ path, headers }) => requestBytes({ method: 'GET', path, token, headers }))
}

/** Asks one question and returns the answer as it is; throws when it is neither 200 nor 503. */
export async function askGuard(
  { port, token }: Product,
  { path, headers }: Question,
): Promise<CannedAnswer> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
  })
  const body = await answer.bytes()
  if (answer.status === 200 || answer.status === 503) return { status: answer.status, body }
  throw new Error(`GET ${path} was answered ${answer.status}: ${Buffer.from(body).toString()}`)
}
