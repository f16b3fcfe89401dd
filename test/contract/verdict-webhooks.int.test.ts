// Goal: a receiver that asked for verdicts gets what `GET /v1/verdicts` lists, signed, under one id a change,
// whatever dies; a receiver that did not ask is not disturbed. Method: incidents that SQL writes block and
// let go, which tells nobody of the incidents themselves; the notifier is killed while it waits for an answer.
import { createHmac } from 'node:crypto'

import { type ReceivedRequest, startReceiver, waitFor } from '@portcullis/testkit'
import t from 'tap'

import { openIncident } from './product/incidents.ts'
import { startNotifier } from './product/start-notifier.ts'
import { type Product, startProduct } from './product/start-product.ts'

const KEY = Buffer.from('0123456789abcdef0123456789abcdef')
const LONG = { timeoutMs: 60_000, pollMs: 50 }

interface ListedChange {
  readonly position: number
  readonly service: string
  readonly outcome: string
  readonly previous: { readonly outcome: string } | null
}

async function listed(product: Product): Promise<readonly ListedChange[]> {
  const { body } = await product.ask<{ verdicts: ListedChange[] }>({ url: '/v1/verdicts' })
  return body.verdicts
}

async function untilListed(product: Product, outcome: string): Promise<void> {
  await waitFor(async () => (await listed(product))[0]?.outcome === outcome, {
    what: `a verdict that is ${outcome}`,
    ...LONG,
  })
}

/** Waits until nothing is on its way. */
async function untilTold({ database }: Product): Promise<void> {
  const isTold = async () => (await database.pool.query('select from outbox')).rowCount === 0
  await waitFor(isTold, { what: 'the end of all deliveries', ...LONG })
}

function isSigned({ headers, body }: ReceivedRequest): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': given } = headers
  const signed = `${String(id)}.${String(at)}.${body}`
  return given === `v1,${createHmac('sha256', KEY).update(signed).digest('base64')}`
}

/** Returns what was sent, each `webhook-id` once. */
function saidIn(requests: readonly ReceivedRequest[]) {
  const bodies = new Map(requests.map(({ headers, body }) => [headers['webhook-id'], body]))
  return [...bodies.values()].map(
    (body) => JSON.parse(body) as { type: string; data: { verdict?: ListedChange } },
  )
}

t.test('changes of verdicts reach those who asked for them, and nobody else', async (t) => {
  const pager = await startReceiver(t)
  const gate = await startReceiver(t)
  const env = {
    NOTIFY_CHANNELS: 'webhook',
    WEBHOOK_URL: `${pager.url},${gate.url}`,
    WEBHOOK_SECRET: `whsec_${KEY.toString('base64')}`,
    WEBHOOK_EVENTS: 'incidents,verdicts',
    // Levels are what SQL says, and nothing else raises them.
    ESC_PAUSE_CRON: '* * * * *',
  }
  const product = await startProduct(t, { aggregator: true, env })
  const { pool } = product.database
  const notifier = await startNotifier(t, product, env)
  await pool.query(
    `insert into incidents (service, environment, route, kind, severity, escalation_level)
     values ('shop', 'production', 'GET /', 'by_hand', 'critical', 2)`,
  )
  await untilListed(product, 'fail')
  await untilTold(product)
  const before = gate.requests.length
  gate.answerWith(() => ({ delayMs: 10_000 }))
  await pool.query(`update incidents set status = 'resolved'`)
  await waitFor(() => gate.requests.length > before, { what: 'an attempt', ...LONG })
  await notifier.kill()
  gate.answerWith(() => ({ status: 204 }))
  // The lease of the dead notifier ends: a minute goes by.
  await pool.query('update outbox set next_attempt_at = clock_timestamp()')
  await notifier.start()
  await untilTold(product)
  const again = gate.requests.slice(before)
  t.equal(again.length, 2)
  t.equal(again[0]?.headers['webhook-id'], again[1]?.headers['webhook-id'])

  t.ok(gate.requests.every(isSigned))
  const said = saidIn(gate.requests)
  t.ok(said.every(({ type }) => type === 'verdict.changed'))
  t.strictSame(
    said.map(({ data }) => data.verdict).toSorted((a, b) => b!.position - a!.position),
    await listed(product),
    'they are told what the list shows',
  )
  t.match(await listed(product), [
    { service: 'shop', outcome: 'pass', previous: { outcome: 'fail' } },
    { service: 'shop', outcome: 'fail' },
  ])
  t.strictSame(pager.requests, [], 'nobody is paged')

  await openIncident(product)
  await untilTold(product)
  t.strictSame(
    saidIn(pager.requests).map(({ type }) => type),
    ['incident.opened'],
  )
  t.ok(saidIn(gate.requests).every(({ type }) => type === 'verdict.changed'))
  const { body } = await product.ask({ url: '/notifications/recent?channel=webhook-2&limit=1' })
  const about = { service: 'shop', environment: 'production', incident_id: null }
  const receipt = { status: 'delivered', event_type: 'verdict.changed', incident_key: null }
  t.match(body, { notifications: [{ ...about, ...receipt }] })
})
