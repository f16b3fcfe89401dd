// Goal: a load sends what it should, when it should, and misses no failure. Method: a real server that
// answers as each test says.
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { buffer } from 'node:stream/consumers'

import t, { type Test } from 'tap'

import { portOf } from '../children/port-of.ts'
import { closedLoop } from './closed-loop.ts'
import { startPaced } from './paced.ts'
import { requestBytes } from './request-bytes.ts'

async function serve(t: Test, listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return portOf(server)
}

const GET = requestBytes({ method: 'GET', path: '/a' })

t.test('a request arrives as it was described', async (t) => {
  const { promise, resolve } = Promise.withResolvers<object>()
  const port = await serve(t, (request, response) => {
    void buffer(request).then((body) => {
      const { method, url, headers } = request
      resolve({ method, url, headers, body: body.toString() })
      response.end('{}')
    })
  })
  const bytes = requestBytes({ method: 'POST', path: '/b?c=1', token: 'secret', body: '{"ü":1}' })
  const requests = [bytes]
  await closedLoop({ port, connections: 1, next: () => requests.pop() })
  t.match(await promise, {
    method: 'POST',
    url: '/b?c=1',
    headers: { authorization: 'Bearer secret', 'content-type': 'application/json' },
    body: '{"ü":1}',
  })
})

t.test('a closed loop asks once per answer on each connection', async (t) => {
  let busy = 0
  let busiest = 0
  const port = await serve(t, (_request, response) => {
    busiest = Math.max(busiest, (busy += 1))
    setImmediate(() => {
      busy -= 1
      response.writeHead(201, { 'content-length': 2 }).end('ok')
    })
  })
  let left = 100
  const seen: string[] = []
  const result = await closedLoop({
    port,
    connections: 4,
    next: () => (left-- > 0 ? GET : undefined),
    onAnswer: ({ body }) => void seen.push(body.toString()),
  })
  t.match(result, { answered: 100, statuses: { 201: 100 } })
  t.equal(result.latenciesMs.length, 100)
  t.same(new Set(seen), new Set(['ok']))
  t.ok(busiest <= 4)
})

t.test('a closed loop ends at its time', async (t) => {
  const port = await serve(t, (_request, response) => void response.end('ok'))
  const result = await closedLoop({ port, connections: 2, durationMs: 50, next: () => GET })
  t.ok(result.answered > 0)
  t.ok(result.elapsedMs >= 50)
})

t.test('a connection that is cut off fails the load', async (t) => {
  const port = await serve(t, (request) => request.socket.destroy())
  await t.rejects(closedLoop({ port, connections: 2, next: () => GET }))
  const paced = await startPaced({ port, connections: 2, perSecond: 100, next: () => GET })
  await t.rejects(paced.done)
})

t.test('a paced load keeps its rate, and makes up for what was late', async (t) => {
  const port = await serve(t, (_request, response) => void response.end('ok'))
  const begin = performance.now()
  const paced = await startPaced({
    port,
    connections: 4,
    perSecond: 200,
    next: (index) => (index < 40 ? GET : undefined),
  })
  await paced.done
  t.equal(paced.sent(), 40)
  t.ok(
    performance.now() - begin >= 190,
    'the 40th is due after 195 ms; timers may be a little early',
  )
})

t.test('a paced load that is stopped waits for the answers under way', async (t) => {
  let answered = 0
  const port = await serve(t, (_request, response) => void response.end('ok'))
  const paced = await startPaced({
    port,
    connections: 2,
    perSecond: 10_000,
    next: () => GET,
    onAnswer: () => {
      if ((answered += 1) === 10) paced.stop()
    },
  })
  await paced.done
  t.equal(answered, paced.sent())
})
