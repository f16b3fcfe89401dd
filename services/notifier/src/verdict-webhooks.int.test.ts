// Goal: who asked to hear of verdicts gets each change signed, once or with one id; who did not gets
// none. Method: three receivers with the settings of a server, and a notifier that dies between a
// delivery and its record.
import { DEFAULT_PROJECT } from '@portcullis/contracts'
import { verifyProjections } from '@portcullis/projections'
import { channelsOf, channelsToldOf, readConfig } from '@portcullis/runtime'
import { type Receiver, startReceiver, type TestScope, waitFor } from '@portcullis/testkit'
import type { Pool } from 'pg'
import { Webhook } from 'standardwebhooks'
import t from 'tap'

import { makeChannels } from './channels/make-channels.ts'
import { claimDeliveries, send } from './deliver.ts'
import { changeVerdict } from './fixtures/change-verdict.ts'
import { openIncidents } from './fixtures/open-incidents.ts'
import { openStore, startTestNotifier } from './fixtures/start-test-notifier.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const LONG = { timeoutMs: 60_000, pollMs: 50 }

/** Starts receivers, of which the first hears of incidents, the second of verdicts, and the third of both. */
async function startReceivers(t: TestScope) {
  const receivers = [await startReceiver(t), await startReceiver(t), await startReceiver(t)]
  const { notification } = readConfig({
    env: {
      NOTIFY_CHANNELS: 'webhook',
      WEBHOOK_URL: receivers.map(({ url }) => url).join(','),
      WEBHOOK_SECRET: SECRET,
      WEBHOOK_EVENTS: 'incidents,verdicts,all',
    },
  }).config
  const [pager, gate, chat] = receivers
  return {
    ...{ pager: pager!, gate: gate!, chat: chat! },
    channels: makeChannels(channelsOf(notification), () => {}),
    ofIncidents: [...channelsToldOf('incidents', notification)],
    ofVerdicts: [...channelsToldOf('verdicts', notification)],
  }
}

/** Returns what a receiver was sent, as far as its signature is genuine. */
function readBy({ requests }: Receiver) {
  return requests.map(({ body, headers }) => ({
    id: headers['webhook-id'],
    said: new Webhook(SECRET).verify(body, headers as Record<string, string>) as {
      readonly type: string
      readonly data: { readonly verdict?: { readonly service: string } }
    },
  }))
}

const typesFor = (receiver: Receiver) => readBy(receiver).map(({ said }) => said.type)

async function untilTold(pool: Pool): Promise<void> {
  await waitFor(async () => (await pool.query('select from outbox')).rowCount === 0, {
    what: 'the end of all deliveries',
    ...LONG,
  })
}

t.test('each receiver gets what it asked for, signed and once', async (t) => {
  const store = await openStore(t)
  const { pager, gate, chat, channels, ofIncidents, ofVerdicts } = await startReceivers(t)
  await startTestNotifier(t, store, [...channels.values()])
  const changed = await changeVerdict(store.pool, { service: 'shop', notify: ofVerdicts })
  await changeVerdict(store.pool, { service: 'pay', notify: ofVerdicts })
  await openIncidents(store.pool, ['cart'], ofIncidents)
  await untilTold(store.pool)
  t.strictSame(typesFor(pager), ['incident.opened'])
  t.strictSame(typesFor(gate), ['verdict.changed', 'verdict.changed'])
  t.strictSame(typesFor(chat).toSorted(), ['incident.opened', 'verdict.changed', 'verdict.changed'])
  const [ofShop, ...others] = readBy(gate).filter(
    ({ said }) => said.data.verdict?.service === 'shop',
  )
  t.strictSame(others, [])
  t.equal(ofShop?.id, changed[0])
  t.match(ofShop?.said, {
    timestamp: String,
    data: {
      position: 1,
      verdict: {
        ...{ position: 1, service: 'shop', environment: 'production' },
        ...{ outcome: 'fail', pass: false, previous: null, reasons: ['alarm'], policies: [] },
      },
    },
  })
  const { rows } = await store.pool.query(
    `select data ->> 'channel' as channel, count(*)::int as count from events
     where type = 'notification.delivered' group by 1 order by 1`,
  )
  t.strictSame(rows, [
    { channel: 'webhook', count: 1 },
    { channel: 'webhook-2', count: 2 },
    { channel: 'webhook-3', count: 3 },
  ])
  t.strictSame((await verifyProjections(store.pool, DEFAULT_PROJECT)).differences, [])
})

t.test('a change whose receipt was lost with a notifier is sent again with its id', async (t) => {
  const store = await openStore(t)
  const { gate, channels } = await startReceivers(t)
  const [id] = await changeVerdict(store.pool, { service: 'shop', notify: ['webhook-2'] })
  const [claimed] = await claimDeliveries(store.pool, DEFAULT_PROJECT, [id!])
  t.match(await send(claimed!, channels.get('webhook-2')), { status: 204 })
  // The one who sent it dies before the record, and its lease ends: a minute goes by.
  await store.pool.query('update outbox set next_attempt_at = clock_timestamp()')
  await startTestNotifier(t, store, [...channels.values()])
  await untilTold(store.pool)
  const sent = readBy(gate)
  t.strictSame(
    sent.map((one) => one.id),
    [id, id],
  )
  t.strictSame(sent[0]?.said, sent[1]?.said, 'both say the same')
})
