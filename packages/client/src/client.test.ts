// Goal: what is recorded arrives once, whatever the gateway does meanwhile, and what does not arrive
// is counted. Method: a real HTTP server that answers as each test says; each body is read by the
// product's own contract.
import t, { type Test } from 'tap'

import { accept, startReceiver, type Receiver } from '../test/receiver.ts'
import { Client, createClient } from './client.ts'
import type { Drop } from './losses.ts'
import { settingsOf, type ClientOptions } from './settings.ts'
import { realSystem, type System } from './system.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** A client of a receiver that sends only when it is told to, and waits for as good as nothing. */
async function setUp(t: Test, options: Partial<ClientOptions> = {}, system = realSystem) {
  const receiver = await startReceiver(t)
  const drops: Drop[] = []
  const client = new Client(settingsOf({ ...quick(receiver, drops), ...options }), system)
  t.teardown(() => client.close({ timeoutMs: 0 }))
  return { receiver, drops, client }
}

function quick(receiver: Receiver, drops: Drop[]): ClientOptions {
  return {
    url: receiver.url,
    token: 'secret',
    service: 'shop',
    flushIntervalMs: 300_000,
    retryBaseMs: 1,
    retryMsMax: 5,
    onDrop: (drop) => void drops.push(drop),
  }
}

function isAccounted(client: Client): boolean {
  const { recorded, accepted, droppedTotal, buffered } = client.stats()
  return recorded === accepted + droppedTotal + buffered
}

t.test('a batch is sent as the contract says', async (t) => {
  const at = 1_795_428_000_123
  const system: System = { ...realSystem, now: () => at }
  const { receiver, client } = await setUp(t, { environment: 'staging', version: '1.4.2' }, system)
  client.record('GET', '/projects/:id', 200, 10)
  t.equal(await client.flush(), true)
  const [one] = receiver.received
  t.match(one, {
    path: '/v1/request-metrics',
    headers: {
      authorization: 'Bearer secret',
      'content-type': 'application/json',
      'content-encoding': undefined,
      'x-portcullis-sent-at': String(at),
    },
    header: { service: 'shop', environment: 'staging', version: '1.4.2', sent_at: at },
    buckets: [{ route: 'GET /projects/:id', start: 1_795_428_000_000, statuses: { 200: 1 } }],
  })
  t.match(one?.header.batch_id, UUID)
  t.match(client.stats(), { recorded: 1, accepted: 1, batches: 1, retries: 0, buffered: 0 })
})

t.test('the running bucket is sent in parts, each with an id of its own', async (t) => {
  const { receiver, client } = await setUp(t, { flushIntervalMs: 10 })
  client.record('GET', '/a', 200, 1)
  await receiver.until((received) => received.length === 1)
  client.record('GET', '/a', 200, 1)
  await receiver.until((received) => received.length === 2)
  t.same(receiver.countsByRoute(), { 'GET /a': 2 })
})

t.test('nothing is sent when nothing was recorded', async (t) => {
  const { receiver, client } = await setUp(t)
  t.equal(await client.flush(), true)
  await client.close()
  t.equal(receiver.received.length, 0)
})

t.test('a large body is compressed', async (t) => {
  const { receiver, client } = await setUp(t)
  for (let n = 0; n < 100; n += 1) client.record('GET', `/${n}`, 200, n)
  t.equal(await client.flush(), true)
  t.equal(receiver.received[0]?.headers['content-encoding'], 'gzip')
  t.equal(Object.keys(receiver.countsByRoute()).length, 100)
})

t.test('more cells than fit in one batch go out in several', async (t) => {
  const { receiver, client } = await setUp(t)
  for (let n = 0; n < 1_001; n += 1) client.record('GET', `/${n}`, 200, n)
  t.equal(await client.flush(), true)
  t.same(
    receiver.received.map((one) => one.buckets.length),
    [500, 500, 1],
  )
  const counts = receiver.countsByRoute()
  t.equal(counts['GET /999'], 1)
  t.equal(counts['OTHER'], 1, 'the 1,001st route is beyond the limit')
})

t.test('after any doubt the same bytes are sent again with the same id', async (t) => {
  const table: [name: string, behaviour: Receiver['behaviour']][] = [
    ['500', () => ({ status: 500 })],
    ['503', () => ({ status: 503, body: { title: 'queue full' } })],
    ['429', () => ({ status: 429 })],
    ['408', () => ({ status: 408 })],
    ['425', () => ({ status: 425 })],
    ['a cut connection', () => 'reset'],
    ['no answer in time', () => 'hang'],
  ]
  for (const [name, behaviour] of table) {
    // Short only where it is what ends an attempt: on a busy machine an answer takes its time.
    const options = behaviour(1) === 'hang' ? { requestTimeoutMs: 250 } : {}
    const { receiver, client } = await setUp(t, options)
    receiver.behaviour = (n) => (n <= 2 ? behaviour(n) : { status: 200 })
    client.record('GET', '/a', 200, 1)
    t.equal(await client.flush(), true, name)
    const [first, second, third] = receiver.received
    t.equal(receiver.received.length, 3, name)
    t.ok(first && second?.body.equals(first.body) && third?.body.equals(first.body), name)
    t.match(client.stats(), { accepted: 1, droppedTotal: 0, batches: 1, retries: 2 }, name)
    t.match(client.stats().lastError, /./, name)
  }
})

t.test('each attempt tells the clock of its own sending, beside the bytes that stay', async (t) => {
  const clock = { now: 1_795_428_000_000 }
  const { receiver, client } = await setUp(t, {}, { ...realSystem, now: () => clock.now++ })
  receiver.behaviour = (n) => ({ status: n === 1 ? 500 : 202 })
  client.record('GET', '/a', 200, 1)
  t.equal(await client.flush(), true)
  const [first, second] = receiver.received
  t.equal(first?.header.sent_at, second?.header.sent_at)
  t.ok(Number(second?.headers['x-portcullis-sent-at']) > Number(second?.header.sent_at))
})

t.test('a Retry-After is honoured, also by a flush that could try sooner', async (t) => {
  const { receiver, client } = await setUp(t)
  const times: number[] = []
  receiver.behaviour = (n) => {
    times.push(performance.now())
    return n === 1 ? { status: 503, headers: { 'Retry-After': '1' } } : { status: 202 }
  }
  client.record('GET', '/a', 200, 1)
  t.equal(await client.flush({ timeoutMs: 10_000 }), true)
  t.ok((times[1] ?? 0) - (times[0] ?? 0) >= 990, 'Node fires a timer up to a millisecond early')
})

t.test(
  'while the gateway is away a route costs one cell per bucket, and all arrives after',
  async (t) => {
    const clock = { now: 1_795_428_000_000 }
    const { receiver, client } = await setUp(t, {}, { ...realSystem, now: () => clock.now })
    await receiver.stop()
    for (let second = 0; second < 60; second += 1) {
      client.record('GET', '/a', 200, 1)
      clock.now += 1_000
      if (second % 7 === 0) t.equal(await client.flush({ timeoutMs: 20 }), false)
    }
    t.match(client.stats(), { recorded: 60, accepted: 0, buffered: 60, droppedTotal: 0 })
    t.ok(client.stats().retries > 0)
    await receiver.start()
    t.equal(await client.flush(), true)
    t.same(receiver.countsByRoute(), { 'GET /a': 60 })
    t.ok(
      receiver.received.flatMap((one) => one.buckets).length <= 7,
      'six buckets, one in two parts',
    )
    t.match(client.stats(), { recorded: 60, accepted: 60, buffered: 0 })
  },
)

t.test('what is recorded while an attempt is under way is in the next flush', async (t) => {
  const { receiver, client } = await setUp(t)
  const answer = Promise.withResolvers<{ status: number }>()
  receiver.behaviour = (n) => (n === 1 ? answer.promise : { status: 202 })
  client.record('GET', '/a', 200, 1)
  const first = client.flush()
  await receiver.until((received) => received.length === 1)
  client.record('GET', '/b', 200, 1)
  const second = client.flush()
  answer.resolve({ status: 202 })
  t.same([await first, await second], [true, true])
  t.same(receiver.countsByRoute(), { 'GET /a': 1, 'GET /b': 1 })
})

t.test('a redirect is not followed: the token is for the gateway alone', async (t) => {
  const elsewhere = await startReceiver(t)
  for (const status of [301, 302, 307, 308]) {
    const { receiver, client } = await setUp(t)
    receiver.behaviour = () => ({ status, headers: { Location: `${elsewhere.url}/` } })
    client.record('GET', '/a', 200, 1)
    t.equal(await client.flush(), true)
    t.equal(client.stats().dropped.refused, 1)
  }
  t.equal(elsewhere.received.length, 0)
})

t.test('a batch that is refused is dropped and told, and the next one goes on', async (t) => {
  for (const status of [301, 400, 401, 403, 404, 413, 415, 422]) {
    const { receiver, drops, client } = await setUp(t)
    receiver.behaviour = (n) => (n === 1 ? { status, body: { title: 'no' } } : { status: 202 })
    client.record('GET', '/a', 200, 1)
    client.record('GET', '/a', 200, 1)
    t.equal(await client.flush(), true)
    const detail = `HTTP ${status}: {"title":"no"}`
    t.same(drops, [{ reason: 'refused', observations: 2, detail }])
    client.record('GET', '/b', 200, 1)
    t.equal(await client.flush(), true)
    t.match(client.stats(), { accepted: 1, droppedTotal: 2, retries: 0, lastError: detail })
  }
})

t.test('buckets that the gateway rejects are counted and told with its reason', async (t) => {
  const { receiver, drops, client } = await setUp(t)
  receiver.behaviour = () => ({
    status: 202,
    body: {
      accepted: 1,
      rejected: [
        { index: 1, error: 'older than the history' },
        { index: 1, error: 'older than the history' },
        { index: 99, error: 'there is none' },
        { index: 'x' },
      ],
    },
  })
  client.record('GET', '/a', 200, 1)
  client.record('GET', '/b', 200, 1)
  client.record('GET', '/b', 200, 1)
  t.equal(await client.flush(), true)
  t.same(drops, [{ reason: 'rejected', observations: 2, detail: 'older than the history' }])
  t.match(client.stats(), { recorded: 3, accepted: 1, droppedTotal: 2 })
})

t.test('an answer that never ends is an answer', async (t) => {
  const { receiver, client } = await setUp(t)
  receiver.behaviour = () => 'endless'
  client.record('GET', '/a', 200, 1)
  t.equal(await client.flush(), true)
  t.match(client.stats(), { accepted: 1, retries: 0 })
})

t.test('an answer that is no JSON is an answer', async (t) => {
  for (const body of ['<html>', 'x'.repeat(3_000_000), { rejected: 'none' }, null]) {
    const { receiver, client } = await setUp(t)
    receiver.behaviour = () => ({ status: 202, body })
    client.record('GET', '/a', 200, 1)
    t.equal(await client.flush(), true)
    t.match(client.stats(), { accepted: 1, droppedTotal: 0 })
  }
})

t.test('a batch that waited for too long is dropped', async (t) => {
  const clock = { now: 1_795_428_000_000 }
  const system = { ...realSystem, now: () => clock.now }
  const { receiver, drops, client } = await setUp(t, { bufferAgeMsMax: 60_000 }, system)
  receiver.behaviour = () => ({ status: 503 })
  client.record('GET', '/a', 200, 1)
  t.equal(await client.flush({ timeoutMs: 50 }), false)
  clock.now += 70_001
  t.equal(await client.flush(), true)
  t.match(drops, [{ reason: 'too_old', observations: 1 }])
})

t.test('a gateway that hangs holds back neither the recording nor the memory', async (t) => {
  const clock = { now: 1_795_428_000_000 }
  const system = { ...realSystem, now: () => clock.now }
  const bufferBytesMax = 200_000
  const { receiver, client } = await setUp(t, { flushIntervalMs: 10, bufferBytesMax }, system)
  receiver.behaviour = () => 'hang'
  client.record('GET', '/0', 200, 1)
  await receiver.until((received) => received.length === 1)
  for (let n = 0; n < 100_000; n += 1) {
    client.record('GET', `/${n % 50}`, 200, n % 997)
    if (n % 1_000 === 0) clock.now += 10_000
  }
  const openBytesMax = 50 * (512 + 56 * 21)
  t.ok(client.stats().bufferedBytes <= bufferBytesMax + openBytesMax)
  t.ok(client.stats().dropped.buffer_full > 0)
  t.ok(isAccounted(client))
  receiver.behaviour = accept
})

t.test('close delivers what it can and counts what it cannot', async (t) => {
  const { receiver, drops, client } = await setUp(t)
  client.record('GET', '/a', 200, 1)
  await client.close()
  t.same(receiver.countsByRoute(), { 'GET /a': 1 })
  client.record('GET', '/late', 200, 1)
  await client.close()
  t.same(receiver.countsByRoute(), { 'GET /a': 1 })
  t.same(drops, [])
  t.match(client.stats(), { accepted: 1, dropped: { closed: 1 } })
})

t.test(
  'close gives up at its deadline, on a gateway that is down, hangs or says "later"',
  async (t) => {
    const table: [name: string, behaviour: Receiver['behaviour']][] = [
      ['hangs', () => 'hang'],
      ['resets', () => 'reset'],
      ['says later', () => ({ status: 503, headers: { 'Retry-After': '3600' } })],
    ]
    for (const [name, behaviour] of table) {
      const { receiver, drops, client } = await setUp(t)
      receiver.behaviour = behaviour
      client.record('GET', '/a', 200, 1)
      const before = performance.now()
      await client.close({ timeoutMs: 100 })
      t.ok(performance.now() - before < 2_000, name)
      t.match(drops, [{ reason: 'closed', observations: 1 }], name)
      t.ok(isAccounted(client), name)
    }
  },
)

t.test(
  'close gives up at its deadline although flushes with more time are under way',
  async (t) => {
    const { receiver, client } = await setUp(t)
    receiver.behaviour = () => 'hang'
    client.record('GET', '/a', 200, 1)
    const before = performance.now()
    const flushes = [client.flush({ timeoutMs: 9_000 }), client.flush({ timeoutMs: 9_000 })]
    await receiver.until((received) => received.length === 1)
    await client.close({ timeoutMs: 50 })
    await Promise.all(flushes)
    t.ok(performance.now() - before < 5_000)
    t.match(client.stats(), { accepted: 0, dropped: { closed: 1 }, buffered: 0 })
  },
)

t.test('a close makes one more attempt although a batch should still wait', async (t) => {
  const { receiver, client } = await setUp(t)
  receiver.behaviour = (n) =>
    n === 1 ? { status: 503, headers: { 'Retry-After': '3600' } } : { status: 202 }
  client.record('GET', '/a', 200, 1)
  t.equal(await client.flush({ timeoutMs: 1_000 }), false)
  await client.close()
  t.match(client.stats(), { accepted: 1, droppedTotal: 0 })
})

t.test('an onDrop that throws disturbs nobody', async (t) => {
  const { receiver, client } = await setUp(t, {
    onDrop: () => {
      throw new Error('mine')
    },
  })
  receiver.behaviour = () => ({ status: 400 })
  client.record('GET', '/a', 200, 1)
  t.equal(await client.flush(), true)
  t.equal(client.stats().dropped.refused, 1)
})

t.test(
  'flushes that overlap and traffic that goes on lose nothing and send nothing twice',
  async (t) => {
    const { receiver, client } = await setUp(t, { flushIntervalMs: 10 })
    receiver.behaviour = (n) => (n % 3 === 0 ? 'reset' : n % 3 === 1 ? { status: 503 } : accept(n))
    const flushes: Promise<boolean>[] = []
    for (let n = 0; n < 200; n += 1) {
      client.record('GET', '/a', 200, n)
      if (n % 10 === 0) flushes.push(client.flush())
      if (n % 25 === 0) await receiver.until((received) => received.length > n / 50)
      t.ok(isAccounted(client))
    }
    await Promise.all(flushes)
    await client.close()
    t.match(client.stats(), { recorded: 200, accepted: 200, droppedTotal: 0, buffered: 0 })
    t.same(receiver.countsByRoute(), { 'GET /a': 200 })
  },
)

t.test('createClient refuses wrong options', async (t) => {
  t.throws(() => createClient({ url: 'x', token: 'secret', service: 'shop' }), /url is "x"/)
})

t.test('options and calls have types', async () => {
  const check = (client: Client): void => {
    // @ts-expect-error -- a token is required
    createClient({ url: 'http://127.0.0.1', service: 'shop' })
    // @ts-expect-error -- there is no such option
    createClient({ url: 'http://127.0.0.1', token: 'a', service: 'shop', flushMs: 1 })
    // @ts-expect-error -- a status is a number
    client.record('GET', '/a', '200', 1)
    // @ts-expect-error -- figures cannot be written
    client.stats().accepted = 1
  }
  t.type(check, 'function')
})
