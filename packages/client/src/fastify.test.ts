import { setTimeout as delay } from 'node:timers/promises'

import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'

import { startReceiver, type Receiver } from '../test/receiver.ts'
import { createClient, type Client } from './client.ts'
import { fastifyPlugin } from './fastify.ts'

async function setUp(
  t: Test,
): Promise<{ receiver: Receiver; client: Client; app: FastifyInstance }> {
  const receiver = await startReceiver(t)
  const client = createClient({
    url: receiver.url,
    token: 'secret',
    service: 'shop',
    flushIntervalMs: 300_000,
    ignoreRoutes: ['GET /ignored'],
  })
  const app = Fastify()
  await app.register(fastifyPlugin, { client })
  t.teardown(() => app.close())
  t.teardown(() => client.close({ timeoutMs: 0 }))
  return { receiver, client, app }
}

/** Statuses per route, as they arrived. */
function statusesByRoute(receiver: Receiver): Record<string, Record<string, number>> {
  const buckets = receiver.received.flatMap((one) => one.buckets)
  return Object.fromEntries(buckets.map(({ route, statuses }) => [route, statuses]))
}

t.test('every request counts for its route, whatever it was answered', async (t) => {
  const { receiver, client, app } = await setUp(t)
  app.get('/projects/:id', async () => 'a project')
  app.post('/projects', async (_request, reply) => reply.code(201).send())
  app.get('/fails', async () => {
    throw new Error('a bug')
  })
  app.get('/ignored', async () => 'not counted')
  app.get('/hijacked', (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(418).end()
  })
  await app.register(
    async (child) => {
      child.addHook('onRequest', async (_request, reply) => reply.code(401).send())
      child.get('/users/:name', async () => 'never')
    },
    { prefix: '/admin' },
  )
  await app.inject({ url: '/projects/1?page=2' })
  await app.inject({ url: '/projects/2' })
  await app.inject({ url: '/projects/2', method: 'HEAD' })
  await app.inject({ url: '/projects', method: 'POST' })
  await app.inject({ url: '/fails' })
  await app.inject({ url: '/ignored' })
  await app.inject({ url: '/hijacked' })
  await app.inject({ url: '/admin/users/eve' })
  await app.inject({ url: '/nothing/here' })
  await app.inject({ url: '/wp-login.php', method: 'POST' })
  t.equal(await client.flush(), true)
  t.same(statusesByRoute(receiver), {
    'GET /projects/:id': { 200: 2 },
    'HEAD /projects/:id': { 200: 1 },
    'POST /projects': { 201: 1 },
    'GET /fails': { 500: 1 },
    'GET /hijacked': { 418: 1 },
    'GET /admin/users/:name': { 401: 1 },
    'GET /*': { 404: 1 },
    'POST /*': { 404: 1 },
  })
})

t.test('the latency is that of the whole request', async (t) => {
  const { receiver, client, app } = await setUp(t)
  app.get('/slow', async () => {
    await delay(30)
    return 'at last'
  })
  await app.inject({ url: '/slow' })
  t.equal(await client.flush(), true)
  const latency = receiver.received[0]?.buckets[0]?.latency
  t.ok(latency && latency.min_us >= 28_000 && latency.max_us < 5_000_000, String(latency?.min_us))
})

t.test('a request whose client went away counts as 499, with the time it had', async (t) => {
  for (const [method, body] of [
    ['GET', undefined],
    ['POST', '{"of":"an order"}'],
    ['PUT', 'x'.repeat(100_000)],
  ] as const) {
    const { receiver, client, app } = await setUp(t)
    const arrived = Promise.withResolvers<void>()
    const gone = Promise.withResolvers<void>()
    app.addContentTypeParser('text/plain', { parseAs: 'string' }, (_request, text, done) => {
      done(null, text)
    })
    app.route({
      method,
      url: '/hangs',
      handler: (_request, reply) => {
        reply.raw.on('close', gone.resolve)
        arrived.resolve()
      },
    })
    const url = await app.listen({ port: 0 })
    const leave = new AbortController()
    const { signal } = leave
    const headers = { 'content-type': 'text/plain' }
    const answer = fetch(`${url}/hangs`, {
      method,
      signal,
      ...(body === undefined ? {} : { body, headers }),
    })
    await arrived.promise
    await delay(20)
    leave.abort()
    await t.rejects(answer)
    await gone.promise
    t.equal(await client.flush(), true)
    t.same(statusesByRoute(receiver), { [`${method} /hangs`]: { 499: 1 } })
    t.ok((receiver.received[0]?.buckets[0]?.latency.min_us ?? 0) >= 15_000)
  }
})

t.test('what is answered counts once, however long the hooks after it take', async (t) => {
  const { receiver, client, app } = await setUp(t)
  const hookEnded = Promise.withResolvers<void>()
  app.addHook('onResponse', async () => {
    await delay(5)
    hookEnded.resolve()
  })
  app.post('/orders', async (_request, reply) => reply.code(201).send('an order'))
  const url = await app.listen({ port: 0 })
  t.equal(await (await fetch(`${url}/orders`, { method: 'POST' })).text(), 'an order')
  await hookEnded.promise
  t.equal(await client.flush(), true)
  t.same(statusesByRoute(receiver), { 'POST /orders': { 201: 1 } })
})

t.test('closing the instance sends what was counted; the client stays open', async (t) => {
  const { receiver, client, app } = await setUp(t)
  app.get('/a', async () => 'a')
  await app.inject({ url: '/a' })
  await app.close()
  t.same(receiver.countsByRoute(), { 'GET /a': 1 })
  client.record('GET', '/b', 200, 1)
  t.equal(await client.flush(), true)
  t.same(receiver.countsByRoute(), { 'GET /a': 1, 'GET /b': 1 })
})

t.test('requests are answered as ever while the gateway is down', async (t) => {
  const { receiver, client, app } = await setUp(t)
  await receiver.stop()
  app.get('/a', async () => 'a')
  for (let n = 0; n < 10; n += 1) t.equal((await app.inject({ url: '/a' })).body, 'a')
  t.equal(await client.flush({ timeoutMs: 50 }), false)
  await receiver.start()
  t.equal(await client.flush(), true)
  t.same(receiver.countsByRoute(), { 'GET /a': 10 })
})

t.test('the plugin needs a client', async () => {
  const check = (app: FastifyInstance): void => {
    // @ts-expect-error -- the client is missing
    void app.register(fastifyPlugin, {})
  }
  t.type(check, 'function')
})
