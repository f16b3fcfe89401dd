import type { Counter, Histogram, Logger, Telemetry } from '@portcullis/runtime'
import type { FastifyReply, FastifyRequest } from 'fastify'

import type { Gateway } from '../zod-routes.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** On busy routes a good answer is logged at `debug`: thousands a second would say nothing new. */
    readonly busy?: boolean
  }
  interface FastifyRequest {
    /** The caller's own id for what it is doing, or else the request's id. */
    correlationId: string
  }
}

const CORRELATION_ID = /^[\w.:/+=-]{1,128}$/u

/** Headers of every answer of the API: it is data, for the caller alone, and never a page. */
export const API_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

/**
 * Gives each request its ids and its answer the headers that all answers have; logs and counts it when
 * it is over. Paths and queries are never logged, for they may name people: the route is.
 */
export function addRequestContext(app: Gateway, log: Logger, telemetry: Telemetry): void {
  const figures = figuresIn(telemetry)
  app.decorateRequest('correlationId', '')
  app.addHook('onRequest', (request, reply, done) => {
    const given = request.headers['x-correlation-id']
    const isUsable = typeof given === 'string' && CORRELATION_ID.test(given)
    request.correlationId = isUsable ? given : request.id
    reply.headers(API_HEADERS).header('x-request-id', request.id)
    if (isUsable) reply.header('x-correlation-id', given)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    figures.count(request, reply)
    logAnswer(log, request, reply)
    done()
  })
}

function logAnswer(log: Logger, request: FastifyRequest, reply: FastifyReply): void {
  const level = levelOf(request, reply)
  if (!log.isLevelEnabled(level)) return
  log[level](
    {
      requestId: request.id,
      correlationId: request.correlationId,
      method: request.method,
      route: routeOf(request),
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 1_000) / 1_000,
      principal: request.principal?.id,
    },
    'answered',
  )
}

function levelOf(request: FastifyRequest, reply: FastifyReply): 'debug' | 'info' | 'warn' {
  if (reply.statusCode >= 500) return 'warn'
  return reply.statusCode < 400 && request.routeOptions.config.busy === true ? 'debug' : 'info'
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? '(none)'
}

const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]

interface RequestFigures {
  readonly requests: Counter.Internal
  readonly durations: Histogram.Internal<'route'>
}

function figuresIn(telemetry: Telemetry) {
  const requests = telemetry.counter({
    name: 'portcullis_gateway_requests_total',
    help: 'Requests answered, by method, route and status.',
    labels: ['method', 'route', 'status'],
  })
  const durations = telemetry.histogram({
    name: 'portcullis_gateway_request_duration_seconds',
    help: 'Time from the request’s head to the end of its answer.',
    labels: ['route'],
    buckets: DURATION_BUCKETS_SECONDS,
  })
  // Looking labels up costs more than counting: what a route's answer is counted in is kept.
  const kept = new Map<string, RequestFigures>()
  const figuresOf = (method: string, route: string, status: number): RequestFigures => {
    const key = `${method} ${route} ${status}`
    let found = kept.get(key)
    if (found === undefined) {
      const labels = { method: METHODS.has(method) ? method : 'other', route, status }
      found = { requests: requests.labels(labels), durations: durations.labels({ route }) }
      kept.set(key, found)
    }
    return found
  }
  return {
    count: (request: FastifyRequest, reply: FastifyReply): void => {
      const figures = figuresOf(request.method, routeOf(request), reply.statusCode)
      figures.requests.inc()
      figures.durations.observe(reply.elapsedTime / 1_000)
    },
  }
}

/** A caller may invent methods; labels must not grow with that. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
