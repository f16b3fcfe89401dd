import type { IncomingMessage, ServerResponse } from 'node:http'

import type { HistogramSeries } from '@portcullis/runtime'
import type { FastifyRequest } from 'fastify'

import { type Authenticate, bearerTokenOf } from '../../access/authenticate.ts'
import { API_HEADERS } from '../../plugins/request-context.ts'
import type { Gateway } from '../../zod-routes.ts'
import type { GuardAnswer } from './answer.ts'
import type { GuardDesk, OpenQuestion } from './guard-desk.ts'

/** A question, and how its asker wants to be told of a "no". */
export interface AskedQuestion {
  readonly key: string
  readonly question: OpenQuestion
  readonly blockedStatus: number
}

/** What the whole way does, for the short one to do as well. */
export interface ShortWayParts {
  readonly desk: GuardDesk
  readonly authenticate: Authenticate
  readonly countHit: (principalId: string) => number
  readonly perMinute: number
  readonly nextRequestId: () => string
  readonly isClosing: () => boolean
  readonly durationsOf: (status: number) => HistogramSeries
}

/**
 * The short way of questions that were asked before: a pipeline that polls sends the same bytes again and
 * again. Once the framework has let such a request through, another one with the same bytes differs from it
 * in nothing but whether its credential still counts, its rate limit, and the answer. Whatever is new or
 * odd goes the whole way (docs/decisions/0007).
 */
export interface ShortWay {
  /** Answers a request from what is remembered; returns false, with nothing done, where it must go the whole way. */
  take(request: IncomingMessage, response: ServerResponse, goWholeWay: () => void): boolean
  /** Remembers what a request that went the whole way was asking. */
  remember(request: FastifyRequest, asked: AskedQuestion): void
}

interface Remembered extends AskedQuestion {
  readonly token: string
}

/** Pipelines and dashboards send few different requests. */
const REMEMBERED_MAX = 1_000
/** Characters of a request; a longer one is not worth its memory. */
const REQUEST_LENGTH_MAX = 2_048

/** Headers that make a request another one each time, or give it a body. */
const NEVER_THE_SAME = ['x-correlation-id', 'content-length', 'transfer-encoding'] as const

/** Makes a short way on which nothing is remembered. */
export function createShortWay(parts: ShortWayParts): ShortWay {
  const { desk, authenticate, countHit, perMinute, nextRequestId, isClosing, durationsOf } = parts
  const remembered = new Map<string, Remembered>()
  // By number: to find a series by its labels takes longer than to observe.
  const durations = new Map<number, HistogramSeries>()
  const observe = (status: number, tookMs: number): void => {
    let series = durations.get(status)
    if (series === undefined) durations.set(status, (series = durationsOf(status)))
    series.observe(tookMs / 1_000)
  }

  // Each for as long as the desk keeps its answer.
  const writtenForms = new WeakMap<GuardAnswer, WrittenForm>()
  const writtenFormOf = (found: GuardAnswer): WrittenForm => {
    let form = writtenForms.get(found)
    if (form === undefined) writtenForms.set(found, (form = writtenForm(found)))
    return form
  }
  const answer = (response: ServerResponse, found: GuardAnswer, blockedStatus: number): number => {
    const status = found.pass ? 200 : blockedStatus
    const { headers, bytes } = writtenFormOf(found)
    // It may have begun to close since: then the connection ends with the answer, see `addClosing`.
    if (isClosing()) response.shouldKeepAlive = false
    response.writeHead(status, [...headers, 'x-request-id', nextRequestId()])
    response.end(bytes, BYTES)
    return status
  }
  return {
    take: (request, response, goWholeWay) => {
      const asked = remembered.get(bytesOf(request))
      if (asked === undefined || isClosing()) return false
      const principal = knownHolder(authenticate, asked.token)
      if (principal === undefined || countHit(principal) > perMinute) return false
      const startedAtMs = performance.now()
      desk.answer(asked.key, asked.question).then((found) => {
        const status = answer(response, found, asked.blockedStatus)
        observe(status, performance.now() - startedAtMs)
      }, goWholeWay)
      return true
    },
    remember: (request, asked) => {
      const { headers, principal, raw } = request
      const { authorization } = headers
      if (authorization === undefined || principal.kind === 'anonymous') return
      if (request.method !== 'GET' || request.protocol !== 'http') return
      if (NEVER_THE_SAME.some((name) => headers[name] !== undefined)) return
      const bytes = bytesOf(raw)
      if (bytes.length > REQUEST_LENGTH_MAX) return
      if (remembered.size >= REMEMBERED_MAX) remembered.clear()
      remembered.set(bytes, { ...asked, token: bearerTokenOf(authorization) })
    },
  }
}

/** Characters that stand for bytes. */
const BYTES = 'latin1'

/**
 * An answer as Node writes it fastest (bench `verdict`): a text goes into the socket in one piece with the
 * head, where a buffer takes a list of pieces and their bookkeeping.
 */
interface WrittenForm {
  /** Names and values in turn. */
  readonly headers: readonly string[]
  /** The body, a character for each byte. */
  readonly bytes: string
}

function writtenForm({ headers, body }: GuardAnswer): WrittenForm {
  const all = { ...API_HEADERS, ...headers, 'content-length': String(body.length) }
  return { headers: Object.entries(all).flat(), bytes: body.toString(BYTES) }
}

/** Lets requests go the short way first. */
export function openShortWay({ server }: Gateway, shortWay: ShortWay): void {
  const [wholeWay] = server.listeners('request') as ((
    request: IncomingMessage,
    response: ServerResponse,
  ) => void)[]
  server.removeAllListeners('request')
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const goWholeWay = (): void => wholeWay!(request, response)
    if (!shortWay.take(request, response, goWholeWay)) goWholeWay()
  })
}

/** Returns who holds a token, as long as nothing must be looked up to know that it counts. */
function knownHolder(authenticate: Authenticate, token: string): string | undefined {
  const found = authenticate(token)
  if (found instanceof Promise) {
    found.catch(() => {
      // The whole way asks again, and says what is wrong.
    })
    return undefined
  }
  return found.scopes.includes('guard:read') ? found.id : undefined
}

/** All that a request without a body says. */
function bytesOf({ method, url, rawHeaders }: IncomingMessage): string {
  return `${method} ${url}\n${rawHeaders.join('\n')}`
}
