import type { Logger } from '@portcullis/runtime'
import type { FastifyReply, FastifyRequest } from 'fastify'

import { drain } from '../problem/drain.ts'
import { malformedEncoding } from '../problem/malformed-encoding.ts'
import { problemOfError } from '../problem/of-error.ts'
import { problem, problemBody, problemHeaders, type Problem } from '../problem/problem.ts'
import type { Gateway } from '../zod-routes.ts'
import { API_HEADERS } from './request-context.ts'

/** A longer URL than any route has a use for. */
export const URL_LENGTH_MAX = 8 * 1_024

/**
 * Answers whatever goes wrong with a problem (RFC 9457): what a handler throws, what the framework
 * refuses, and paths and methods that do not exist.
 */
export function addProblemDetails(app: Gateway, log: Logger): void {
  const routes: { readonly method: string; readonly segments: readonly string[] }[] = []
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.push({ method: each, segments: url.split('/') })
  })
  app.addHook('onRequest', (request, _reply, done) => {
    done(
      request.url.length > URL_LENGTH_MAX ? problem('URI_TOO_LONG') : malformedQuery(request.url),
    )
  })
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, log))
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const segments = path.split('/')
    const allowed = routes.filter((route) => fits(route.segments, segments))
    return answer(request, reply, allowed.length === 0 ? problem('NOT_FOUND') : notAllowed(allowed))
  })
}

/** Fastify takes what it cannot decode to the letter; here a slip never becomes somebody's name. */
function malformedQuery(url: string): Problem | undefined {
  const begin = url.indexOf('?')
  if (begin === -1 || !url.includes('%', begin)) return undefined
  const pairs = url.slice(begin + 1).split('&')
  const malformed = pairs.filter((pair) => !isDecodable(pair))
  if (malformed.length === 0) return undefined
  return malformedEncoding(malformed.map((pair) => pair.split('=', 1)[0]!))
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** Also for Fastify's `frameworkErrors`: what it refuses before it has found a route. */
export async function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Logger,
): Promise<FastifyReply> {
  const found = problemOfError(error, request.routeOptions.bodyLimit)
  const { id: requestId, correlationId } = request
  if (found.problemCode === 'INTERNAL_ERROR') {
    log.error({ requestId, correlationId, err: error }, 'a request failed')
  } else if (found.statusCode >= 500) {
    const reason = found.cause instanceof Error ? found.cause.message : found.message
    log.warn({ requestId, correlationId, code: found.problemCode, reason }, 'a request was refused')
  }
  if (found.problemCode === 'BODY_TOO_LARGE') await drain(request.raw)
  return answer(request, reply, found)
}

function answer(request: FastifyRequest, reply: FastifyReply, found: Problem): FastifyReply {
  return (
    reply
      .code(found.statusCode)
      // What the framework refuses has not been through the hooks that give these to all answers.
      .headers({ ...API_HEADERS, 'x-request-id': request.id, ...problemHeaders(found) })
      .send(JSON.stringify(problemBody(found, request.id)))
  )
}

function notAllowed(allowed: readonly { readonly method: string }[]): Problem {
  const methods = [...new Set(allowed.map(({ method }) => method))].toSorted().join(', ')
  return problem('METHOD_NOT_ALLOWED', { headers: { allow: methods } })
}

/** Whether a path fits a route's pattern, segment by segment. */
function fits(pattern: readonly string[], path: readonly string[]): boolean {
  const isOpen = pattern.at(-1) === '*'
  const given = isOpen ? pattern.slice(0, -1) : pattern
  return (
    (isOpen ? path.length >= pattern.length : path.length === pattern.length) &&
    given.every((segment, nth) => segment.startsWith(':') || segment === path[nth])
  )
}
