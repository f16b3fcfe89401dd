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
    keyGenerator: (request: FastifyRequest) => keyOf(kind, callerOf(request)),
  }
}

function keyOf(kind: string, caller: string): string {
  return `${kind}:${caller}`
}

/** Returns what counts a hit of a kind by a principal, and returns how many it had in this minute. */
export function localHitsOf(scope: Gateway, kind: string): (principalId: string) => number {
  return (principalId) => scope.localHits.count(keyOf(kind, principalId), MINUTE).current
}

/** Hashed: an address is somebody's. */
function callerOf(request: FastifyRequest): string {
  const { principal } = request
  if (principal.kind !== 'anonymous') return principal.id
  return hash('sha256', request.ip, 'base64url')
}

declare module 'fastify' {
  interface FastifyInstance {
    /** What callers did lately, whatever route it was. */
    readonly localHits: LocalHits
  }
}

/** Prepares the counters that all scopes of a gateway share; must be called on the root. */
export function addLocalHits(app: Gateway): void {
  app.decorate('localHits', new LocalHits())
}

const UNTOLD = {
  'x-ratelimit-limit': false,
  'x-ratelimit-remaining': false,
  'x-ratelimit-reset': false,
}

/** Installs limits in this scope that count within this gateway. */
export async function addLocalRateLimits(scope: Gateway): Promise<void> {
  await scope.register(rateLimit, {
    global: false,
    store: storeOf((key, windowMs, answer) => answer(null, scope.localHits.count(key, windowMs))),
    // The counters are for the gateway's protection: callers needn't be told of them. `OnExceeding` is what
    // the plugin calls headers of answers that are within the limit.
    addHeadersOnExceeding: UNTOLD,
    addHeaders: UNTOLD,
    errorResponseBuilder: (_request, { ttl }) => exceeded(ttl),
  })
}

/** Installs limits in this scope that count over all gateways. */
export async function addSharedRateLimits(scope: Gateway, countHit: CountHit): Promise<void> {
  await scope.register(rateLimit, {
    global: false,
    enableDraftSpec: true,
    store: storeOf((key, windowMs, answer) => {
      countHit(key, windowMs).then(
        ({ hits, leftMs }) => answer(null, { current: hits, ttl: leftMs }),
        (error: Error) => answer(error),
      )
    }),
    errorResponseBuilder: (_request, { ttl }) => exceeded(ttl),
  })
}

function exceeded(leftMs: number) {
  return problem('RATE_LIMIT_EXCEEDED', { retryAfterSeconds: leftMs / 1_000 })
}

interface Hits {
  /** Within the window. */
  readonly current: number
  /** Milliseconds until the window ends. */
  readonly ttl: number
}

type Answer = (error: Error | null, hits?: Hits) => void

/**
 * The plugin makes one store for each scope, and a child of it for each route; all share what they
 * count with. Its own store would count each route by itself.
 */
function storeOf(count: (key: string, windowMs: number, answer: Answer) => void) {
  return class Store {
    incr(key: string, answer: Answer, windowMs = MINUTE): void {
      count(key, windowMs, answer)
    }

    child(): Store {
      return this
    }
  }
}

/** Callers that are remembered; beyond them, the one whose window began first begins anew. */
const CALLERS_MAX = 10_000

/** Counts hits by key in windows that begin with a key's first hit. */
export class LocalHits {
  /** In the order in which windows began. */
  readonly #windows = new Map<string, { hits: number; readonly endsAtMs: number }>()

  count(key: string, windowMs: number): Hits {
    // Of the monotonic clock: an hour that a wall clock repeats must not lock anybody out.
    const nowMs = performance.now()
    let window = this.#windows.get(key)
    if (window === undefined || window.endsAtMs <= nowMs) {
      window = { hits: 0, endsAtMs: nowMs + windowMs }
      this.#windows.delete(key)
      this.#windows.set(key, window)
      if (this.#windows.size > CALLERS_MAX) this.#windows.delete(this.#windows.keys().next().value!)
    }
    window.hits += 1
    return { current: window.hits, ttl: window.endsAtMs - nowMs }
  }
}
