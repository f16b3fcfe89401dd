import { waitFor } from '@portcullis/testkit'
import t from 'tap'

import { announce, showRelease, steer } from './product/releases.ts'
import { BACKENDS, startProduct } from './product/start-product.ts'

// Goal: what is asked of a release happens once, by however many and however often it is asked. Method: many ask at
// once, over two gateways and two escalators; one asks again with its key; one asks while nobody decides.

for (const backend of BACKENDS) {
  t.test(`what is asked at once by many happens once (queues in ${backend})`, async (t) => {
    const product = await startProduct(t, { backend, gateways: 2 })
    await product.startEscalator()
    await announce(product, { version: '1' })
    await announce(product, { version: '2' })
    const body = { service: 'shop', version: '2' }
    const finishes = await Promise.all(
      Array.from({ length: 8 }, (_, nth) =>
        product.askGateway<{ release: object }>(nth % 2, {
          method: 'POST',
          url: '/v1/releases/finish',
          body,
        }),
      ),
    )
    t.same([...new Set(finishes.map(({ status }) => status))], [200])
    for (const one of finishes) t.strictSame(one.body, finishes[0]!.body)
    t.equal((await showRelease(product, '2')).body.history.length, 2)
    // One of them is first; the other one finds what cannot be.
    await announce(product, { version: '3' })
    const [abort, promote] = await Promise.all([
      steer(product, 'abort', { version: '3' }),
      steer(product, 'promote', { version: '3' }),
    ])
    t.same([abort.status, promote.status].toSorted(), [200, 409])
    t.equal((await showRelease(product, '3')).body.history.length, 2)
    t.same(product.grave, [])
  })
}

t.test('a retry with its key is answered as before, whatever happened since', async (t) => {
  const product = await startProduct(t)
  await announce(product, { version: '1' })
  const headers = { 'idempotency-key': 'deploy-7' }
  const first = await steer(product, 'promote', { version: '1' }, { headers })
  await steer(product, 'finish', { version: '1' })
  const retried = await steer(product, 'promote', { version: '1' }, { headers })
  t.equal(retried.status, 200)
  t.strictSame(retried.body, first.body)
  t.equal((await steer(product, 'promote', { version: '1' })).status, 409)
})

t.test('what is accepted while nobody decides is decided later', async (t) => {
  const product = await startProduct(t)
  await announce(product, { version: '1' })
  await product.stopEscalator()
  const headers = { prefer: 'respond-async' }
  const waiting = await product.ask<{ status_url: string }>({
    method: 'POST',
    url: '/v1/releases/finish',
    body: { service: 'shop', version: '1' },
    headers,
  })
  t.equal(waiting.status, 202)
  await product.startEscalator()
  const decided = await waitFor(
    async () => {
      const { body } = await product.ask({ url: waiting.body.status_url })
      return body['status'] !== 'waiting' && body
    },
    { what: 'the command to be decided', timeoutMs: 30_000 },
  )
  t.match(decided, {
    command: 'finish_release',
    status: 'done',
    answer: { release: { state: 'finished' } },
  })
})
