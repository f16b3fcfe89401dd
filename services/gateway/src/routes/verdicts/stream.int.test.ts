// Goal: whoever follows the stream of verdicts hears of each change once, in order, also over a broken connection.
// Method: a listening gateway, changes that are appended as the aggregator appends them, and a reader that goes away.
import { connect, type AddressInfo } from 'node:net'
import { text as bodyOf } from 'node:stream/consumers'
import { promisify } from 'node:util'

import {
  DEFAULT_ENVIRONMENT,
  DEFAULT_PROJECT,
  type EpochMs,
  type LogPosition,
  type Outcome,
  type ServiceName,
  systemMeta,
} from '@portcullis/contracts'
import { inTransaction, verdictStream } from '@portcullis/event-log'
import { appendAndFold } from '@portcullis/projections'
import { waitFor } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t, { type Test } from 'tap'

import { startTestGateway, TEST_TOKEN } from '../../fixtures/start-test-gateway.ts'

const authorization = `Bearer ${TEST_TOKEN}`

async function record(
  pool: Pool,
  { service, version, outcome }: { service: string; version: number; outcome: Outcome },
): Promise<void> {
  const scope = { service: service as ServiceName, environment: DEFAULT_ENVIRONMENT }
  const asOf = 1_900_000_000_000 as EpochMs
  const data = {
    ...{ ...scope, outcome, pass: outcome === 'pass', reasons: [], asOf, policies: [] },
    ...{ previous: null, notify: [] },
    heads: { log: 0 as LogPosition, metrics: [] },
  }
  const pending = {
    streamId: verdictStream(scope.service, scope.environment),
    version,
    event: { type: 'verdict.changed', data },
    meta: systemMeta('system'),
    occurredAt: asOf,
  } as const
  await inTransaction(pool, (tx) => appendAndFold(tx, DEFAULT_PROJECT, [pending]))
}

/** Opens a stream, and returns what gives its next events, as `id service outcome`. */
async function open(t: Test, url: string, headers: Record<string, string> = {}) {
  const ending = new AbortController()
  t.teardown(() => ending.abort())
  const response = await fetch(url, {
    headers: { authorization, ...headers },
    signal: ending.signal,
  })
  t.equal(response.status, 200)
  t.match(response.headers.get('content-type'), /^text\/event-stream/u)
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const next = async (): Promise<string> => {
    for (;;) {
      const found = /id: (\d+)\nevent: verdict\ndata: (.*)\n\n/u.exec(text)
      if (found !== null) {
        text = text.slice(found.index + found[0].length)
        const { service, outcome } = JSON.parse(found[2]!) as { service: string; outcome: string }
        return `${found[1]} ${service} ${outcome}`
      }
      const { value, done } = await reader.read()
      if (done) throw new Error('the stream ended')
      text += value
    }
  }
  return { next, close: () => ending.abort() }
}

t.test(
  'changes come as they are committed, and after a break those that were missed',
  async (t) => {
    const { gateway, pool } = await startTestGateway(t)
    const base = `${await gateway.listen({ port: 0 })}/v1/verdicts/stream`
    await record(pool, { service: 'shop', version: 1, outcome: 'pass' })
    const first = await open(t, base)
    await record(pool, { service: 'shop', version: 2, outcome: 'fail' })
    t.equal(await first.next(), '2 shop fail', 'what was before is not told')
    first.close()
    await record(pool, { service: 'pay', version: 1, outcome: 'pass' })
    await record(pool, { service: 'shop', version: 3, outcome: 'pass' })
    const second = await open(t, base, { 'last-event-id': '2' })
    t.equal(await second.next(), '3 pay pass')
    t.equal(await second.next(), '4 shop pass')
    const ofShop = await open(t, `${base}?service=shop`, { 'last-event-id': '0' })
    for (const expected of ['1 shop pass', '2 shop fail', '4 shop pass']) {
      t.equal(await ofShop.next(), expected)
    }
  },
)

t.test('readers who leave before the stream begins take nobody a place', async (t) => {
  const { gateway, pool } = await startTestGateway(t)
  await gateway.listen({ port: 0 })
  const { port } = gateway.server.address() as AddressInfo
  const writer = await pool.connect()
  await writer.query('begin; lock table log_heads in access exclusive mode')
  const sockets = Array.from({ length: 100 }, () => {
    const socket = connect(port, '127.0.0.1')
    socket.write(
      `GET /v1/verdicts/stream HTTP/1.1\r\nhost: test\r\nauthorization: ${authorization}\r\n\r\n`,
    )
    return socket
  })
  const busy = () => pool.totalCount - pool.idleCount + pool.waitingCount
  await waitFor(() => busy() > sockets.length, { what: 'readers who wait for the head of the log' })
  for (const socket of sockets) socket.destroy()
  await waitFor(
    async () => (await promisify(gateway.server.getConnections.bind(gateway.server))()) === 0,
    { what: 'the readers to be gone' },
  )
  await writer.query('commit')
  writer.release()
  const url = `http://127.0.0.1:${port}/v1/verdicts/stream`
  const opened = await waitFor(
    async () => {
      const response = await fetch(url, { headers: { authorization } })
      if (response.status !== 200) await response.body?.cancel()
      return response.status === 200 && response
    },
    { what: 'a place for one who stays' },
  )
  await opened.body?.cancel()
})

t.test('there is nothing to see of a stream without its body', async (t) => {
  const { gateway } = await startTestGateway(t)
  const url = '/v1/verdicts/stream'
  const answer = await gateway.inject({ method: 'HEAD', url, headers: { authorization } })
  t.equal(answer.statusCode, 405)
  t.equal(answer.headers['allow'], 'GET')
})

t.test('a closing gateway ends its streams', async (t) => {
  const { gateway } = await startTestGateway(t)
  const url = `${await gateway.listen({ port: 0 })}/v1/verdicts/stream`
  const response = await fetch(url, { headers: { authorization } })
  t.equal(response.headers.get('connection'), 'close', 'it does not wait for the client to end it')
  const ended = bodyOf(response.body!)
  await gateway.close()
  t.match(await ended, /^retry: 5000\n\n/u)
})

t.test('what cannot be followed is refused', async (t) => {
  const { gateway } = await startTestGateway(t)
  const url = '/v1/verdicts/stream'
  for (const id of ['x', '7']) {
    const answer = await gateway.inject({ url, headers: { authorization, 'last-event-id': id } })
    t.equal(answer.statusCode, 400)
    t.match(answer.json(), { errors: [{ field: 'last-event-id' }] })
  }
})
