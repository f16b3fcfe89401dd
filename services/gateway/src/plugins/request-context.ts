import type { HistogramSeries, Logger, Telemetry } from '@portcullis/runtime'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

import type { Gateway } from '../zod-routes.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** On busy routes only problems are worth a line: thousands of answers a second say nothing new. */
    readonly busy?: boolean
  }
  interface FastifyInstance {
    /** Returns the histogram of a route's durations (seconds) in answers of a status. */
    readonly durationsOf: (method: string, route: string, status: number) => HistogramSeries
  }
  interface FastifyRequest {
    /** The caller's own id for what it is doing, or else the request's id. */
    correlationId: string
    /** `routeOptions.config`, which Fastify puts together anew each time that it is asked. */
    routeConfig: FastifyContextConfig & { readonly url?: string }
    /** Of the monotonic clock. */
    startedAtMs: number
  }
}

const CORRELATION_ID = /^[\w.:/+=-]{1,128}$/u

/**
 * Headers of every answer: it is data, for the caller alone, and never a page. Pages set their own
 * policy. Each header costs the guard 0.4 us (bench: verdict), so there is none without a use.
 */
export const API_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const

/**
 * Gives each request its ids and its answer the headers that all answers have; logs and counts it when
 * it is over. Paths and queries are never logged, for they may name people: the route is.
 */
export function addRequestContext(app: Gateway, log: Logger, telemetry: Telemetry): void {
  const durationsOf = durationsIn(telemetry)
  const count = answersIn(durationsOf)
  app.decorate('durationsOf', durationsOf)
  app.decorateRequest('correlationId', '')
  app.decorateRequest('routeConfig')
  app.decorateRequest('startedAtMs', 0)
  app.addHook('onRequest', (request, reply, done) => {
    const given = request.headers['x-correlation-id']
    const isUsable = typeof given === 'string' && CORRELATION_ID.test(given)
    request.correlationId = isUsable ? given : request.id
    request.routeConfig = request.routeOptions.config
    request.startedAtMs = performance.now()
    reply.headers(API_HEADERS).header('x-request-id', request.id)
    if (request.protocol === 'https') reply.header('strict-transport-security', 'max-age=31536000')
    if (isUsable) reply.header('x-correlation-id', given)
    done()
  })
  // When the answer is handed to the socket. `onResponse`, when the socket has taken it, would put two
  // listeners on each answer, which cost the guard a sixth of its time (bench: verdict).
  app.addHook('onSend', (request, reply, payload, done) => {
    const tookMs = performance.now() - request.startedAtMs
    count(request, reply, tookMs)
    logAnswer(log, request, reply, tookMs)
    done(null, payload)
  })
}

function logAnswer(
  log: Logger,
  request: FastifyRequest,
  reply: FastifyReply,
  tookMs: number,
): void {
  const level = levelOf(request, reply)
  if (!log.isLevelEnabled(level)) return
  log[level](
    {
      requestId: request.id,
      correlationId: request.correlationId,
      method: request.method,
      route: routeOf(request),
      status: reply.statusCode,
      durationMs: Math.round(tookMs * 1_000) / 1_000,
      principal: request.principal?.id,
    },
    'answered',
  )
}

function levelOf(request: FastifyRequest, reply: FastifyReply): 'debug' | 'info' | 'warn' {
  if (request.routeConfig.busy === true && !isProblem(reply)) return 'debug'
  return reply.statusCode >= 500 ? 'warn' : 'info'
}

/** The guard's 503 is an answer like any other, not a problem. */
function isProblem(reply: FastifyReply): boolean {
  if (reply.statusCode < 400) return false
  return String(reply.getHeader('content-type')).startsWith('application/problem+json')
}

function routeOf(request: FastifyRequest): string {
  return request.routeConfig.url ?? '(none)'
}

const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]

/** Counts requests and their time, by method, route and status. */
type CountAnswer = (request: FastifyRequest, reply: FastifyReply, tookMs: number) => void

function durationsIn(telemetry: Telemetry): FastifyInstance['durationsOf'] {
  const durations = telemetry.hotHistogram({
    name: 'portcullis_gateway_request_duration_seconds',
    help: 'Time from the head of a request to its answer, by method, route and status.',
    labels: ['method', 'route', 'status'],
    buckets: DURATION_BUCKETS_SECONDS,
  })
  return (method, route, status) => durations.series({ method, route, status: String(status) })
}

function answersIn(durationsOf: FastifyInstance['durationsOf']): CountAnswer {
  // By the route's own object and not by a text made of its name: that would have to be hashed.
  const kept = new WeakMap<object, Map<number, HistogramSeries>>()
  return (request, { statusCode }, tookMs) => {
    let byAnswer = kept.get(request.routeConfig)
    if (byAnswer === undefined) kept.set(request.routeConfig, (byAnswer = new Map()))
    // Methods that are not listed are -1, which is a place of its own.
    const answer = statusCode * (METHODS.length + 1) + METHODS.indexOf(request.method) + 1
    let series = byAnswer.get(answer)
    if (series === undefined) {
      series = durationsOf(methodOf(request), routeOf(request), statusCode)
      byAnswer.set(answer, series)
    }
    series.observe(tookMs / 1_000)
  }
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** A caller may invent methods; labels must not grow with that. */
function methodOf({ method }: FastifyRequest): string {
  return METHODS.includes(method) ? method : 'other'
}
