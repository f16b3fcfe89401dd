import { hash } from 'node:crypto'

import rateLimit from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'

import { problem } from '../problem/problem.ts'
import type { CountHit } from '../store/shared-hits.ts'
import type { Gateway } from '../zod-routes.ts'

const MINUTE = 60_000

/** How often a caller may do something in a minute. */
export interface Limit {
  /** Callers have a counter of their own for each kind. */
  readonly kind: string
  readonly perMinute: number | ((request: FastifyRequest) => number)
  /** `early`: before the body is read. `late`: once it is known that the signature holds. */
  readonly when: 'early' | 'late'
}

/**
 * Returns a route's rate limit. It counts after the access check, so that nobody uses up somebody
 * else's: by the principal, and by the address where there is none.
 */
export function limited({ kind, perMinute, when }: Limit) {
  return {
    max: perMinute,
    timeWindow: MINUTE,
    hook: when === 'early' ? ('preParsing' as const) : ('preValidation' as const),
    keyGenerator: (request: FastifyRequest) => `${kind}:${callerOf(request)}`,
  }
}

/** Hashed: an address is somebody's. */
function callerOf(request: FastifyRequest): string {
  const { principal } = request
  if (principal.kind !== 'anonymous') return principal.id
  return hash('sha256', request.ip, 'base64url')
}

/** Installs limits in this scope that count within this gateway. */
export async function addLocalRateLimits(scope: Gateway): Promise<void> {
  await scope.register(rateLimit, {
    global: false,
    // The counters are for the gateway's protection: callers far from the limit needn't be told.
    addHeaders: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
    },
    errorResponseBuilder: (_request, { ttl }) => exceeded(ttl),
  })
}

/** Installs limits in this scope that count over all gateways. */
export async function addSharedRateLimits(scope: Gateway, countHit: CountHit): Promise<void> {
  await scope.register(rateLimit, {
    global: false,
    enableDraftSpec: true,
    store: sharedStore(countHit),
    errorResponseBuilder: (_request, { ttl }) => exceeded(ttl),
  })
}

function exceeded(leftMs: number) {
  return problem('RATE_LIMIT_EXCEEDED', { retryAfterSeconds: leftMs / 1_000 })
}

type Answer = (error: Error | null, hits?: { current: number; ttl: number }) => void

/** The plugin makes one store for the scope, and a child of it for each route; all share the counters. */
function sharedStore(countHit: CountHit) {
  return class SharedStore {
    incr(key: string, answer: Answer, windowMs = MINUTE): void {
      countHit(key, windowMs).then(
        ({ hits, leftMs }) => answer(null, { current: hits, ttl: leftMs }),
        (error: Error) => answer(error),
      )
    }

    child(): SharedStore {
      return new SharedStore()
    }
  }
}
