// Goal: what one receiver does is not felt by another one. Method: a notifier on a real store and
// queue, with channels whose receivers do as each test says.
import type { AttemptAnswer } from '@portcullis/domain'
import { waitFor } from '@portcullis/testkit'
import t from 'tap'

import type { Channel } from './channels/channel.ts'
import { openIncidents } from './fixtures/open-incidents.ts'
import { openStore, startTestNotifier } from './fixtures/start-test-notifier.ts'

/** More than one channel has places for. */
const MANY = Array.from({ length: 100 }, (_, nth) => `many/${nth}`)
const LONG = { timeoutMs: 60_000, pollMs: 50 }
const OK: AttemptAnswer = { kind: 'answered', status: 204, retryAfterMs: null }

interface TestChannel extends Channel {
  readonly sent: string[]
}

function channelOf(
  name: string,
  answer: () => AttemptAnswer | Promise<AttemptAnswer>,
  receiver: string | null = null,
): TestChannel {
  const sent: string[] = []
  return {
    name,
    receiver,
    sent,
    send: async ({ id }) => {
      sent.push(id)
      return answer()
    },
  }
}

t.test('a receiver that hangs holds up no other one', async (t) => {
  const store = await openStore(t)
  const hanging = Promise.withResolvers<AttemptAnswer>()
  const hangs = channelOf('hangs', () => hanging.promise)
  const works = channelOf('works', () => OK)
  await startTestNotifier(t, store, [hangs, works])
  await openIncidents(store.pool, MANY, ['hangs', 'works'])
  await waitFor(() => works.sent.length === MANY.length, { what: 'the healthy one', ...LONG })
  t.ok(hangs.sent.length > 0 && hangs.sent.length < MANY.length, `${hangs.sent.length} hang`)
  hanging.resolve(OK)
  await waitFor(() => hangs.sent.length === MANY.length, { what: 'the other one', ...LONG })
  t.equal(new Set(hangs.sent).size, MANY.length)
})

t.test('a receiver that has too much to do is spared for a while', async (t) => {
  const store = await openStore(t)
  const throttled: AttemptAnswer = { kind: 'answered', status: 429, retryAfterMs: 86_400_000 }
  const busy = channelOf('busy', () => throttled)
  const works = channelOf('works', () => OK)
  await startTestNotifier(t, store, [busy, works])
  await openIncidents(store.pool, ['first'], ['busy'])
  await waitFor(
    async () =>
      (await store.pool.query('select from outbox where last_error is not null')).rowCount === 1,
    { what: 'the 429', ...LONG },
  )
  await openIncidents(store.pool, MANY, ['busy', 'works'])
  await waitFor(() => works.sent.length === MANY.length, { what: 'the healthy one', ...LONG })
  t.equal(busy.sent.length, 1)
})

t.test(
  'a receiver that is gone stays so for every notifier, until its URL is another',
  async (t) => {
    const store = await openStore(t)
    const answer: AttemptAnswer = { kind: 'answered', status: 410, retryAfterMs: null }
    const first = channelOf('webhook', () => answer, 'a'.repeat(64))
    const second = channelOf('webhook', () => OK, 'a'.repeat(64))
    const other = channelOf('webhook', () => OK, 'b'.repeat(64))
    const failures = async () =>
      (await store.pool.query(`select reason from notifications where status = 'failed'`)).rows
    const before = await startTestNotifier(t, store, [first])
    await openIncidents(store.pool, ['first'], ['webhook'])
    await waitFor(async () => (await failures()).length === 1, { what: 'the 410', ...LONG })
    await openIncidents(store.pool, ['second'], ['webhook'])
    await waitFor(async () => (await failures()).length === 2, { what: 'a failure', ...LONG })
    t.equal(first.sent.length, 1)
    await before.close()
    const after = await startTestNotifier(t, store, [second])
    await openIncidents(store.pool, ['third'], ['webhook'])
    await waitFor(async () => (await failures()).length === 3, { what: 'a failure', ...LONG })
    t.same(second.sent, [])
    t.match(await failures(), [{ reason: 'answered 410' }, { reason: /not sent/u }, {}])
    await after.close()
    await startTestNotifier(t, store, [other])
    await openIncidents(store.pool, ['fourth'], ['webhook'])
    await waitFor(() => other.sent.length === 1, { what: 'the new receiver', ...LONG })
    const { rows } = await store.pool.query(
      `select data->>'receiver' as receiver from events where type = 'notification.receiver_gone'`,
    )
    t.same(rows, [{ receiver: 'a'.repeat(64) }])
  },
)
