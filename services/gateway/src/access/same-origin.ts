import type { FastifyRequest } from 'fastify'

import { problem } from '../problem/problem.ts'

/**
 * Throws FORBIDDEN unless a browser says that its own page of this origin sent the request. A cookie
 * that comes along with somebody else's page must not count (CSRF), and a client that is no browser
 * has no business with cookies. `Sec-Fetch-Site` is what browsers of today send; `Origin` what those
 * before 2023 do.
 */
export function requireSameOrigin(request: FastifyRequest): void {
  const { 'sec-fetch-site': site, origin } = request.headers
  if (site === undefined ? isOwnOrigin(origin, request) : site === 'same-origin') return
  throw problem('FORBIDDEN', { detail: 'the request did not come from a page of this gateway' })
}

/** The scheme is left aside: behind a proxy that ends TLS it differs. */
function isOwnOrigin(origin: string | undefined, request: FastifyRequest): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false
  return new URL(origin).host === request.host
}
