// Goal: what was asked before is answered without the framework, and nothing else is.
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { PrincipalId } from '@portcullis/contracts'
import { createTelemetry } from '@portcullis/runtime'
import type { FastifyRequest } from 'fastify'
import t from 'tap'

import { FIRST_ADMIN, type Principal } from '../../access/principal.ts'
import type { GuardAnswer } from './answer.ts'
import type { OpenQuestion } from './guard-desk.ts'
import { createShortWay, type ShortWayParts } from './short-way.ts'

const HOLDER: Principal = { ...FIRST_ADMIN, id: 'key-1' as PrincipalId }
const BODY = '{"route":"GET /café/€"}'
const ANSWER: GuardAnswer = { pass: false, body: Buffer.from(BODY), headers: { etag: '"e"' } }
const ASKED = { key: 'k', question: {} as OpenQuestion, blockedStatus: 409 }

function rawOf(url: string, headers: Readonly<Record<string, string>>): IncomingMessage {
  return { method: 'GET', url, headers, rawHeaders: Object.entries(headers).flat() } as never
}

function requestOf(raw: IncomingMessage, principal = HOLDER, protocol = 'http'): FastifyRequest {
  return { raw, method: raw.method, headers: raw.headers, principal, protocol } as never
}

function responseOf() {
  const written = Promise.withResolvers<{ status: number; length: string; body: string }>()
  let head = { status: 0, length: '' }
  const response: ServerResponse = {
    writeHead: (status: number, headers: readonly string[]) => {
      head = { status, length: headers[headers.indexOf('content-length') + 1]! }
    },
    end: (text: string, encoding: BufferEncoding) =>
      written.resolve({ ...head, body: Buffer.from(text, encoding).toString() }),
  } as never
  return { response, written: written.promise }
}

function shortWay(parts: Partial<ShortWayParts> = {}) {
  const telemetry = createTelemetry({ withProcess: false })
  const durations = telemetry.hotHistogram({ name: 'd', help: 'd', labels: ['s'], buckets: [1] })
  return createShortWay({
    desk: { answer: async () => ANSWER },
    authenticate: () => HOLDER,
    countHit: () => 1,
    perMinute: 1,
    nextRequestId: () => 'id',
    isClosing: () => false,
    durationsOf: (status) => durations.series({ s: String(status) }),
    ...parts,
  })
}

const HEADERS = { authorization: 'Bearer t', host: 'h' }
const RAW = rawOf('/ops/release-guard?a=1', HEADERS)
const unexpected = (): never => {
  throw new Error('it went the whole way')
}

t.test('the same bytes are answered from what is remembered', async (t) => {
  const way = shortWay()
  const { response, written } = responseOf()
  t.notOk(way.take(RAW, response, unexpected), 'not known yet')
  way.remember(requestOf(RAW), ASKED)
  t.ok(way.take(rawOf('/ops/release-guard?a=1', { ...HEADERS }), response, unexpected))
  t.same(await written, { status: 409, length: String(Buffer.byteLength(BODY)), body: BODY })
})

t.test('other bytes are not', async (t) => {
  const way = shortWay()
  way.remember(requestOf(RAW), ASKED)
  const { response } = responseOf()
  for (const other of [
    rawOf('/ops/release-guard?a=2', HEADERS),
    rawOf('/ops/release-guard?a=1', { ...HEADERS, 'x-guard-lookback-min': '5' }),
    rawOf('/ops/release-guard?a=1', { ...HEADERS, authorization: 'Bearer u' }),
  ]) {
    t.notOk(way.take(other, response, unexpected), JSON.stringify(other.headers))
  }
})

t.test('nor is what has to be looked at anew', async (t) => {
  const { response } = responseOf()
  const reasons: readonly [string, Partial<ShortWayParts>][] = [
    ['the gateway closes', { isClosing: () => true }],
    ['the caller asks too often', { countHit: () => 2 }],
    ['the key must be looked up', { authenticate: async () => HOLDER }],
    ['the key is refused', { authenticate: async () => Promise.reject(new Error('revoked')) }],
    ['the key may no longer ask', { authenticate: () => ({ ...HOLDER, scopes: [] }) }],
  ]
  for (const [reason, parts] of reasons) {
    const way = shortWay(parts)
    way.remember(requestOf(RAW), ASKED)
    t.notOk(way.take(RAW, response, unexpected), reason)
  }
})

t.test('some requests are never remembered', async (t) => {
  const { response } = responseOf()
  const odd: readonly FastifyRequest[] = [
    requestOf(RAW, { ...HOLDER, kind: 'anonymous' }),
    requestOf(RAW, HOLDER, 'https'),
    requestOf(rawOf('/', { host: 'h' })),
    requestOf(rawOf('/', { ...HEADERS, 'x-correlation-id': 'c' })),
    requestOf(rawOf('/', { ...HEADERS, 'content-length': '2' })),
    requestOf(rawOf(`/?${'x'.repeat(2_048)}`, HEADERS)),
  ]
  for (const request of odd) {
    const way = shortWay()
    way.remember(request, ASKED)
    t.notOk(way.take(request.raw, response, unexpected))
  }
})

t.test('a gateway that closes meanwhile ends the connection with the answer', async (t) => {
  for (const closes of [false, true]) {
    let isClosing = false
    const way = shortWay({ isClosing: () => isClosing })
    way.remember(requestOf(RAW), ASKED)
    const { response, written } = responseOf()
    response.shouldKeepAlive = true
    t.ok(way.take(RAW, response, unexpected))
    isClosing = closes
    await written
    t.equal(response.shouldKeepAlive, !closes)
  }
})

t.test('where the desk fails, the framework says so', async (t) => {
  const way = shortWay({ desk: { answer: async () => Promise.reject(new Error('away')) } })
  way.remember(requestOf(RAW), ASKED)
  const went = Promise.withResolvers<void>()
  t.ok(way.take(RAW, responseOf().response, went.resolve))
  await went.promise
})
