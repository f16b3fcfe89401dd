import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'

import type { NotificationId } from '@portcullis/contracts'
import { startReceiver } from '@portcullis/testkit'
import { Webhook } from 'standardwebhooks'
import t from 'tap'

import { retryAfterMsOf, webhookChannel, withoutUrls } from './channel.ts'

// The test vector of Standard Webhooks 1.0.
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const ATTEMPT = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek' as NotificationId,
  at: new Date(1_614_265_330_000),
  body: '{"test": 2432232314}',
}

t.test('what is sent carries the signature of the standard’s vector', async (t) => {
  const receiver = await startReceiver(t)
  const channel = webhookChannel({ name: 'webhook', url: receiver.url, secret: SECRET })
  const answer = await channel.send(ATTEMPT, AbortSignal.timeout(5_000))
  t.strictSame(answer, { kind: 'answered', status: 204, retryAfterMs: null })
  const [request] = receiver.requests
  t.equal(request?.body, ATTEMPT.body)
  t.match(request?.headers, {
    'webhook-id': ATTEMPT.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    'content-type': 'application/json',
  })
})

t.test('the standard’s own library accepts what is sent now', async (t) => {
  const receiver = await startReceiver(t)
  const channel = webhookChannel({ name: 'webhook', url: receiver.url, secret: SECRET })
  await channel.send({ ...ATTEMPT, at: new Date() }, AbortSignal.timeout(5_000))
  const { body, headers } = receiver.requests[0]!
  const verified = new Webhook(SECRET).verify(body, headers as Record<string, string>)
  t.strictSame(verified, JSON.parse(ATTEMPT.body))
})

t.test('a redirect is not followed, and what a receiver asks for is read', async (t) => {
  const receiver = await startReceiver(t, (_, nth) =>
    nth === 0
      ? { status: 302, headers: { location: '/elsewhere' } }
      : { status: 429, headers: { 'retry-after': '7' } },
  )
  const channel = webhookChannel({ name: 'webhook', url: receiver.url, secret: SECRET })
  const signal = AbortSignal.timeout(5_000)
  t.match(await channel.send(ATTEMPT, signal), { status: 302 })
  t.match(await channel.send(ATTEMPT, signal), { status: 429, retryAfterMs: 7_000 })
  t.equal(receiver.requests.length, 2)
})

t.test('a receiver that is away, or does not answer in time, is no answer', async (t) => {
  const receiver = await startReceiver(t, () => ({ status: 200, delayMs: 5_000 }))
  const channel = webhookChannel({ name: 'webhook', url: receiver.url, secret: SECRET })
  t.strictSame(await channel.send(ATTEMPT, AbortSignal.timeout(50)), { kind: 'timed out' })
  await receiver.close()
  t.match(await channel.send(ATTEMPT, AbortSignal.timeout(5_000)), {
    kind: 'unanswered',
    error: /ECONNREFUSED/u,
  })
})

t.test('an answer that never ends costs its connection, and is an answer', async (t) => {
  const server = createServer((request, response) => {
    request.resume()
    Readable.from(endlessText()).pipe(response.writeHead(200))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const channel = webhookChannel({ name: 'webhook', url, secret: SECRET })
  const closed = Promise.withResolvers<void>()
  server.on('connection', (socket) => socket.on('error', () => {}).on('close', closed.resolve))
  // Only the limit of bytes ends it: there is no limit of time.
  const answer = await channel.send(ATTEMPT, new AbortController().signal)
  t.strictSame(answer, { kind: 'answered', status: 200, retryAfterMs: null })
  await closed.promise
})

function* endlessText(): Generator<string> {
  for (;;) yield 'x'.repeat(4_096)
}

t.test('what is told of a failure has no credential and no path of the URL', async (t) => {
  const url = 'http://ops:hunter2@127.0.0.1:9/hook/s3cret?key=s3cret'
  const channel = webhookChannel({ name: 'webhook', url, secret: SECRET })
  const answer = await channel.send(ATTEMPT, AbortSignal.timeout(5_000))
  t.match(answer, { kind: 'unanswered', error: /127\.0\.0\.1:9/u })
  t.notMatch(JSON.stringify(answer), /hunter2|s3cret/u)
  t.equal(
    withoutUrls('at https://a.example/x?y=1 and http://[bad/x.'),
    'at https://a.example and a URL',
  )
  t.equal(withoutUrls('connect ECONNREFUSED 127.0.0.1:9'), 'connect ECONNREFUSED 127.0.0.1:9')
})

t.test('Retry-After is seconds or a date, and nothing else', async (t) => {
  const at = new Date('2026-11-23T10:00:00Z')
  t.equal(retryAfterMsOf(null, at), null)
  t.equal(retryAfterMsOf('120', at), 120_000)
  t.equal(retryAfterMsOf('Mon, 23 Nov 2026 10:00:30 GMT', at), 30_000)
  t.equal(retryAfterMsOf('Mon, 23 Nov 2026 09:00:00 GMT', at), 0)
  t.equal(retryAfterMsOf('soon', at), null)
})
