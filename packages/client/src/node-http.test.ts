import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

import t, { type Test } from 'tap'

import { startReceiver } from '../test/receiver.ts'
import { createClient } from './client.ts'
import { instrument, type InstrumentOptions } from './node-http.ts'

async function setUp(
  t: Test,
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  routeOf: InstrumentOptions['routeOf'],
) {
  const receiver = await startReceiver(t)
  const client = createClient({
    url: receiver.url,
    token: 'secret',
    service: 'shop',
    flushIntervalMs: 300_000,
  })
  const server = createServer(handler)
  instrument(server, { client, routeOf })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => client.close({ timeoutMs: 0 }))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { receiver, client, server, url }
}

function projectOf(request: IncomingMessage): string | undefined {
  return request.url?.startsWith('/projects/') ? '/projects/:id' : undefined
}

t.test('every request counts for the route that the function names', async (t) => {
  const { receiver, client, url } = await setUp(
    t,
    (request, response) => response.writeHead(request.url === '/nothing' ? 404 : 200).end('ok'),
    projectOf,
  )
  for (const path of ['/projects/1', '/projects/2', '/nothing']) {
    await (await fetch(`${url}${path}`)).text()
  }
  await fetch(`${url}/projects/1`, { method: 'HEAD' })
  t.equal(await client.flush(), true)
  t.same(receiver.countsByRoute(), {
    'GET /projects/:id': 2,
    'HEAD /projects/:id': 1,
    'GET /*': 1,
  })
})

t.test('a function that throws, or names a route by no text, counts as METHOD /*', async (t) => {
  let isFirst = true
  const { receiver, client, url } = await setUp(
    t,
    (_request, response) => void response.end('ok'),
    () => {
      if (!isFirst) return 7 as never
      isFirst = false
      throw new Error('a bug')
    },
  )
  t.equal((await fetch(url)).status, 200)
  t.equal((await fetch(url)).status, 200)
  t.equal(await client.flush(), true)
  t.same(receiver.countsByRoute(), { 'GET /*': 2 })
})

t.test('a request whose client went away counts as 499', async (t) => {
  const arrived = Promise.withResolvers<void>()
  const gone = Promise.withResolvers<void>()
  const { receiver, client, url } = await setUp(
    t,
    (_request, response) => {
      response.on('close', gone.resolve)
      arrived.resolve()
    },
    projectOf,
  )
  const leave = new AbortController()
  const answer = fetch(`${url}/projects/1`, { signal: leave.signal })
  await arrived.promise
  await delay(20)
  leave.abort()
  await t.rejects(answer)
  await gone.promise
  t.equal(await client.flush(), true)
  t.match(receiver.received[0]?.buckets, [{ route: 'GET /projects/:id', statuses: { 499: 1 } }])
  t.ok((receiver.received[0]?.buckets[0]?.latency.min_us ?? 0) >= 15_000)
})

t.test('closing the server sends what was counted', async (t) => {
  const { receiver, server, url } = await setUp(
    t,
    (_request, response) => void response.end('ok'),
    projectOf,
  )
  await (await fetch(`${url}/projects/1`)).text()
  server.close()
  server.closeIdleConnections()
  await receiver.until((received) => received.length === 1)
  t.same(receiver.countsByRoute(), { 'GET /projects/:id': 1 })
})
