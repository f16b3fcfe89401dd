import { startReceiver, waitFor } from '@portcullis/testkit'
import t from 'tap'

import { openIncident, type ShownProblem } from './product/incidents.ts'
import { readPages } from './product/read-pages.ts'
import { startNotifier } from './product/start-notifier.ts'
import { type Product, startProduct } from './product/start-product.ts'

// Goal: `/notifications/recent` tells what people were told, where, and whether it reached them.
// Method: incidents are opened; a notifier in a process of its own delivers to a real receiver.

interface Shown {
  readonly id: string
  readonly channel: string
  readonly incident_id: string
  readonly event_position: number
  readonly status: string
  readonly reason: string | null
  readonly requested_at: string
  readonly next_attempt_at: string | null
}

const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`
const URL = '/notifications/recent'

async function recent(product: Product, query = ''): Promise<Shown[]> {
  const { status, body } = await product.ask<{ notifications: Shown[] }>({ url: `${URL}${query}` })
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`)
  return body.notifications
}

/** Waits until all that was asked for has its receipt, and returns it. */
async function settled(product: Product, count: number): Promise<Shown[]> {
  return waitFor(
    async () => {
      const found = await recent(product)
      return found.length === count && found.every(({ status }) => status !== 'pending') && found
    },
    { what: 'the receipts', timeoutMs: 30_000, pollMs: 50 },
  )
}

t.test('what was asked for and not delivered yet is pending', async (t) => {
  const env = { WEBHOOK_URL: 'http://127.0.0.1:9/', WEBHOOK_SECRET: SECRET }
  const product = await startProduct(t, { env })
  t.same(await recent(product), [])
  const { id, incident_key } = await openIncident(product)
  const found = await recent(product)
  t.same(found.map(({ channel }) => channel).toSorted(), ['log', 'webhook'])
  for (const one of found) {
    t.match(one, {
      id: /^ntf_/u,
      service: 'shop',
      environment: 'production',
      incident_id: id,
      incident_key,
      event_type: 'incident.opened',
      event_position: 1,
      status: 'pending',
      attempts: 0,
      settled_at: null,
      reason: null,
    })
  }
})

t.test('a receipt says whether it arrived, after how many attempts, and why not', async (t) => {
  const good = await startReceiver(t)
  const gone = await startReceiver(t, () => ({ status: 410 }))
  const env = {
    NOTIFY_CHANNELS: 'webhook',
    WEBHOOK_URL: `${good.url},${gone.url}`,
    WEBHOOK_SECRET: SECRET,
  }
  const product = await startProduct(t, { env })
  await startNotifier(t, product, env)
  const { id } = await openIncident(product)
  const found = await settled(product, 2)
  const byChannel = Object.fromEntries(found.map((one) => [one.channel, one]))
  const settledFacts = { incident_id: id, attempts: 1, settled_at: String, next_attempt_at: null }
  t.match(byChannel['webhook'], { status: 'delivered', reason: null, ...settledFacts })
  t.match(byChannel['webhook-2'], { status: 'failed', reason: /410/u, ...settledFacts })
  t.equal(good.requests.length, 1)
  t.equal(good.requests[0]?.headers['webhook-id'], byChannel['webhook']?.id)
  const idsOf = async (query: string) => (await recent(product, query)).map((one) => one.id)
  t.same(await idsOf('?status=delivered'), [byChannel['webhook']?.id])
  t.same(await idsOf('?status=failed'), [byChannel['webhook-2']?.id])
  t.same(await idsOf('?status=pending'), [])
  t.same(await idsOf('?channel=webhook-2'), [byChannel['webhook-2']?.id])
  t.same(await idsOf('?channel=webhook&status=failed'), [])
})

t.test('an attempt that failed is told while the next one is waited for', async (t) => {
  const receiver = await startReceiver(t, (_request, index) => ({
    status: index === 0 ? 500 : 204,
  }))
  const env = { NOTIFY_CHANNELS: 'webhook', WEBHOOK_URL: receiver.url, WEBHOOK_SECRET: SECRET }
  const product = await startProduct(t, { env })
  await startNotifier(t, product, env)
  await openIncident(product)
  const waiting = await waitFor(
    async () => (await recent(product, '?status=pending')).find(({ reason }) => reason !== null),
    { what: 'the attempt that failed', timeoutMs: 30_000, pollMs: 20 },
  )
  t.match(waiting, { attempts: 1, reason: /500/u, settled_at: null })
  t.ok(waiting.next_attempt_at! > waiting.requested_at, 'it is not given up')
})

t.test('notifications come page by page, the newest first', async (t) => {
  const env = { NOTIFY_CHANNELS: 'log,webhook', WEBHOOK_URL: 'http://127.0.0.1:9/' }
  const product = await startProduct(t, { env: { ...env, WEBHOOK_SECRET: SECRET } })
  for (let nth = 0; nth < 4; nth += 1) await openIncident(product)
  const all = await recent(product)
  t.equal(all.length, 8)
  t.same(
    all.map((one) => one.event_position),
    [4, 4, 3, 3, 2, 2, 1, 1],
  )
  const pages = await readPages<Shown>(product, `${URL}?limit=3`, 'notifications')
  t.same(
    pages.map((page) => page.length),
    [3, 3, 2],
  )
  t.same(pages.flat(), all)
  const narrowed = await readPages<Shown>(product, `${URL}?limit=3&channel=log`, 'notifications')
  t.same(
    narrowed.map((page) => page.length),
    [3, 1],
  )
})

t.test('a parameter that cannot be used is told with its name and a fix', async (t) => {
  const product = await startProduct(t, { escalator: false })
  for (const [query, field] of [
    ...['0', '501', 'all', ''].map((limit) => [`limit=${limit}`, 'limit'] as const),
    ['cursor=nonsense', 'cursor'],
    ['cursor=bnVsbA', 'cursor'],
    ['status=sent', 'status'],
    ['status=', 'status'],
    ['channel=', 'channel'],
    [`channel=${'x'.repeat(65)}`, 'channel'],
    ['channel=a%00', 'channel'],
    ['incident=1', 'incident'],
  ] as const) {
    const { status, body } = await product.ask<ShownProblem>({ url: `${URL}?${query}` })
    t.equal(status, 400, query)
    t.match(body, { code: 'INVALID_PARAMETER', errors: [{ field, fix: /\S/u }] }, query)
  }
})
