import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

import { waitFor } from '@portcullis/testkit'
import t from 'tap'

import { startTestGateway, TEST_TOKEN } from '../fixtures/start-test-gateway.ts'
import type { Gateway } from '../zod-routes.ts'

// Goal: whatever is wrong with a request, the answer is a problem (RFC 9457) with a code, a fix and the
// request's id. Method: real HTTP, raw bytes where a client would never send such a request.

const authorization = `Bearer ${TEST_TOKEN}`

async function listening(gateway: Gateway): Promise<{ url: string; port: number }> {
  const url = await gateway.listen({ host: '127.0.0.1', port: 0 })
  return { url, port: Number(new URL(url).port) }
}

/** Sends bytes as they are and returns all that comes back until the connection is closed. */
async function exchange(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => (answer += chunk.toString('utf8')))
  socket.on('error', () => {})
  socket.write(bytes)
  await once(socket, 'close')
  return answer
}

function problemIn(answer: string): Record<string, unknown> {
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as Record<string, unknown>
}

t.test('a request that cannot be served is answered with a problem', async (t) => {
  const { gateway } = await startTestGateway(t)
  const json = { authorization, 'content-type': 'application/json' }
  const post = { method: 'POST', url: '/v1/request-metrics' } as const
  const table = [
    { name: 'no such path', ask: { url: '/nothing' }, status: 404, code: 'NOT_FOUND' },
    { name: 'no such deep path', ask: { url: '/no/such/path/x' }, status: 404, code: 'NOT_FOUND' },
    {
      name: 'a method that the path does not take',
      ask: { method: 'DELETE', url: '/ops/live' },
      status: 405,
      code: 'METHOD_NOT_ALLOWED',
    },
    { name: 'no credential', ask: { url: '/ops/health' }, status: 401, code: 'UNAUTHENTICATED' },
    {
      name: 'a path that is no UTF-8',
      ask: { url: '/problems/%E0%A4%A' },
      status: 400,
      code: 'INVALID_PARAMETER',
    },
    {
      name: 'a parameter that is no UTF-8',
      ask: { url: '/ops/release-guard?service=%ff' },
      status: 400,
      code: 'INVALID_PARAMETER',
    },
    {
      name: 'a parameter that is encoded by half',
      ask: { url: '/ops/release-guard?service=%zz', headers: { authorization } },
      status: 400,
      code: 'INVALID_PARAMETER',
    },
    {
      name: 'a URL that is too long',
      ask: { url: `/ops/live?${'x'.repeat(9_000)}` },
      status: 414,
      code: 'URI_TOO_LONG',
    },
    {
      name: 'a path parameter that is too long',
      ask: { url: `/problems/${'x'.repeat(600)}`, headers: { authorization } },
      status: 414,
      code: 'URI_TOO_LONG',
    },
    {
      name: 'a type that nobody reads',
      ask: { ...post, headers: { authorization, 'content-type': 'text/csv' }, payload: 'a,b' },
      status: 415,
      code: 'UNSUPPORTED_MEDIA_TYPE',
    },
    {
      name: 'a charset that is not UTF-8',
      ask: {
        ...post,
        headers: { authorization, 'content-type': 'application/json; charset=latin1' },
        payload: '{}',
      },
      status: 415,
      code: 'UNSUPPORTED_MEDIA_TYPE',
    },
    {
      name: 'a body that is no JSON',
      ask: { ...post, headers: json, payload: '{\n  "service": shop\n}' },
      status: 400,
      code: 'MALFORMED_BODY',
      detail: 'the body is not JSON: expected value at line 2, column 14',
    },
    {
      name: 'a body that is no UTF-8',
      ask: { ...post, headers: json, payload: Buffer.from([0x22, 0xff, 0xfe, 0x22]) },
      status: 400,
      code: 'MALFORMED_BODY',
      detail: 'the body is not well-formed UTF-8',
    },
  ] as const
  for (const { name, ask, status, code, ...more } of table) {
    const answer = await gateway.inject(ask)
    t.equal(answer.statusCode, status, name)
    t.match(answer.headers['content-type'], /^application\/problem\+json/u, name)
    t.match(
      answer.json(),
      { type: `/problems/${code}`, code, status, fix: /\S/u, request_id: /\S/u, ...more },
      name,
    )
    t.equal(answer.json<{ request_id: string }>().request_id, answer.headers['x-request-id'], name)
  }
})

t.test('methods that nobody uses are counted apart from those that somebody does', async (t) => {
  const { gateway } = await startTestGateway(t)
  for (const [method, url] of [
    ['OPTIONS', '/nothing'],
    ['PROPFIND', '/ops/live'],
    ['LOCK', '/ops/live'],
  ]) {
    await gateway.inject({ method: method as 'GET', url: url! })
  }
  const { body } = await gateway.inject({ url: '/metrics', headers: { authorization } })
  const counts = body
    .split('\n')
    .filter((line) => line.startsWith('portcullis_gateway_request_duration_seconds_count'))
  const countOf = (method: string, status: number): string[] =>
    counts
      .filter((line) => line.includes(`method="${method}"`) && line.includes(`status="${status}"`))
      .map((line) => line.split(' ').at(-1) ?? '')
  t.strictSame(countOf('OPTIONS', 404), ['1'])
  t.strictSame(countOf('other', 405), ['2'])
})

t.test('a method that is not allowed is answered with those that are', async (t) => {
  const { gateway } = await startTestGateway(t)
  const answer = await gateway.inject({ method: 'PUT', url: '/problems/NOT_FOUND' })
  t.equal(answer.headers['allow'], 'GET, HEAD')
})

t.test(
  'a body beyond the limit is refused with the limit, and the client sees the answer',
  async (t) => {
    const { gateway } = await startTestGateway(t, { env: { PORTCULLIS_BODY_BYTES_MAX: '100000' } })
    const { url } = await listening(gateway)
    const answer = await fetch(`${url}/v1/request-metrics`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: Buffer.alloc(20_000_000, ' '),
    })
    t.equal(answer.status, 413)
    t.match(await answer.json(), { code: 'BODY_TOO_LARGE', limit_bytes: 100_000 })
  },
)

t.test('what is no HTTP request is answered with a problem', async (t) => {
  const { gateway } = await startTestGateway(t)
  const { port } = await listening(gateway)
  const garbage = await exchange(port, 'no http\r\n\r\n')
  t.match(garbage, /^HTTP\/1\.1 400 Bad Request\r\n/u)
  t.match(problemIn(garbage), { code: 'MALFORMED_REQUEST', request_id: /\S/u })
  const large = await exchange(
    port,
    `GET /ops/live HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
  )
  t.match(large, /^HTTP\/1\.1 431 /u)
  t.match(problemIn(large), { code: 'HEADERS_TOO_LARGE' })
})

t.test('what arrives while the gateway closes is refused with a problem', async (t) => {
  const { gateway } = await startTestGateway(t)
  const { port } = await listening(gateway)
  const accepted = once(gateway.server, 'connection') as Promise<[Socket]>
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => (answer += chunk.toString('utf8')))
  const [there] = await accepted
  // Half a request keeps the connection open: it is not idle.
  socket.write('GET /ops/live HTTP/1.1\r\nHost: gate\r\n')
  await waitFor(() => there.bytesRead > 0, { what: 'half a request' })
  const closed = gateway.close()
  await waitFor(() => !gateway.server.listening, { what: 'the gateway to close' })
  socket.write('\r\n')
  await once(socket, 'close')
  await closed
  t.match(answer, /^HTTP\/1\.1 503 .*\r\n/u)
  t.match(answer, /\r\ncontent-type: application\/problem\+json/iu)
  t.match(answer, /\r\nretry-after: 1\r\n/iu)
  t.match(answer, /\r\nconnection: close\r\n/iu)
  t.match(problemIn(answer), { code: 'GATEWAY_CLOSING', status: 503, request_id: /\S/u })
})

t.test('a caller who hangs up in the middle of a body is no outage of ours', async (t) => {
  const { gateway, logLines } = await startTestGateway(t)
  const { port } = await listening(gateway)
  const arrived = once(gateway.server, 'request')
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  const head = [
    'POST /v1/request-metrics HTTP/1.1',
    'Host: gate',
    `Authorization: ${authorization}`,
    'Content-Type: application/json',
    'Content-Length: 1000',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n{`)
  await arrived
  socket.destroy()
  const answered = await waitFor(
    () => logLines.find((line) => line.includes('"route":"/v1/request-metrics"')),
    { what: 'the line of the answer' },
  )
  t.match(JSON.parse(answered), { status: 400, level: /info/u })
})

t.test('a request whose store is away is answered with 503 and when to try again', async (t) => {
  const { gateway, pool } = await startTestGateway(t)
  const query = pool.query.bind(pool)
  t.teardown(() => Object.assign(pool, { query }))
  const refused = Object.assign(new Error('connect ECONNREFUSED'), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
  })
  Object.assign(pool, { query: () => Promise.reject(refused) })
  const token = `pc_unknown_${'x'.repeat(43)}`
  const answer = await gateway.inject({
    url: '/me/permissions',
    headers: { authorization: `Bearer ${token}` },
  })
  t.equal(answer.statusCode, 503)
  t.equal(answer.headers['retry-after'], '2')
  t.match(answer.json(), { code: 'STORE_UNAVAILABLE' })
})

t.test(
  'a bug is answered without its words, which are in the log with the request’s id',
  async (t) => {
    const { gateway, pool, logLines } = await startTestGateway(t)
    const query = pool.query.bind(pool)
    t.teardown(() => Object.assign(pool, { query }))
    Object.assign(pool, { query: () => Promise.reject(new Error('the secret of the bug')) })
    const answer = await gateway.inject({
      url: '/me/permissions',
      headers: { authorization: `Bearer pc_unknown_${'x'.repeat(43)}` },
    })
    t.equal(answer.statusCode, 500)
    t.notMatch(answer.body, /secret/u)
    const { request_id: requestId } = answer.json<{ request_id: string }>()
    const line = logLines.find((each) => each.includes('the secret of the bug')) ?? '{}'
    t.match(JSON.parse(line), { level: 'error', requestId })
  },
)

t.test('a caller’s correlation id is given back and logged, and a bad one is not', async (t) => {
  const { gateway, logLines } = await startTestGateway(t)
  const good = await gateway.inject({
    url: '/nothing',
    headers: { 'x-correlation-id': 'deploy-7' },
  })
  t.equal(good.headers['x-correlation-id'], 'deploy-7')
  t.match(JSON.parse(logLines.at(-1) ?? '{}'), { correlationId: 'deploy-7', status: 404 })
  const bad = await gateway.inject({ url: '/nothing', headers: { 'x-correlation-id': 'a b' } })
  t.equal(bad.headers['x-correlation-id'], undefined)
})

t.test('every answer tells browsers to make nothing of it', async (t) => {
  const { gateway } = await startTestGateway(t)
  const { headers } = await gateway.inject('/ops/live')
  t.match(headers, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  })
})
