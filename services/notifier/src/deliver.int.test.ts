// Goal: however two notifiers come in each other's way, a notification has one receipt, and none is
// made again for ever. Method: what the other notifier does is done at the very moment that matters.
import { DEFAULT_PROJECT, type EpochMs, type NotificationId } from '@portcullis/contracts'
import { restoreOutbox } from '@portcullis/projections'
import { createDatabase } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t from 'tap'

import { type Delivery, recordDeliveries } from './deliver.ts'
import { openIncidents } from './fixtures/open-incidents.ts'

function delivered(id: NotificationId): Delivery {
  const data = { notificationId: id, channel: 'log', attempts: 1, at: 1_795_000_000_000 as EpochMs }
  return { kind: 'settled', id, receipt: { type: 'notification.delivered', data } }
}

async function idsIn(pool: Pool, table: 'outbox'): Promise<NotificationId[]> {
  const { rows } = await pool.query<{ notification_id: NotificationId }>(
    `select notification_id from ${table}`,
  )
  return rows.map((row) => row.notification_id)
}

async function receiptsOf(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from events where type = 'notification.delivered'`,
  )
  return rows[0]!.count
}

t.test('a row of what is settled goes, and does not hold up the receipts beside it', async (t) => {
  const { pool } = await createDatabase(t)
  const [first] = await openIncidents(pool, ['a'], ['log'])
  await recordDeliveries(pool, DEFAULT_PROJECT, [delivered(first!)])
  await pool.query(
    `insert into outbox (project_id, notification_id, channel, payload, created_at, next_attempt_at)
     values ($1, $2, 'log', '{}', now(), now())`,
    [DEFAULT_PROJECT, first],
  )
  const [second] = await openIncidents(pool, ['b'], ['log'])
  await recordDeliveries(pool, DEFAULT_PROJECT, [delivered(first!), delivered(second!)])
  t.same(await idsIn(pool, 'outbox'), [])
  t.equal(await receiptsOf(pool), 2)
})

t.test('what is settled while lost rows are made again gets none', async (t) => {
  const { pool } = await createDatabase(t)
  const [first, second] = await openIncidents(pool, ['a', 'b'], ['log'])
  await pool.query('delete from outbox')
  t.same([...(await restoreOutbox(pool, DEFAULT_PROJECT))].toSorted(), [first, second].toSorted())
  await pool.query('delete from outbox where notification_id = $1', [first])
  // The other notifier made the row, too, and delivers it before this one inserts.
  const query = async (text: string, values: unknown[]): Promise<unknown> => {
    if (text.includes('insert into outbox')) {
      await restoreOutbox(pool, DEFAULT_PROJECT)
      await recordDeliveries(pool, DEFAULT_PROJECT, [delivered(first!)])
    }
    return pool.query(text, values)
  }
  const late = new Proxy(pool, {
    get: (target, name): unknown => (name === 'query' ? query : Reflect.get(target, name)),
  })
  t.same(await restoreOutbox(late, DEFAULT_PROJECT), [])
  t.same(await idsIn(pool, 'outbox'), [second])
})
