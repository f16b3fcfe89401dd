// needs: redis-server
// Goal: whatever is sent, run or delivered again has its effect once. Method: the same batch and the
// same command go to two gateways at the same time and again after restarts; a job is run by two
// aggregators; a notifier dies between a delivery and its record. What Postgres holds afterwards
// is counted.
// Seen to catch: a fold that does not ask the inbox, commands written without their idempotency key,
// and a webhook-id that names the attempt.
import { randomUUID } from 'node:crypto'

import { METRIC_QUEUES } from '@portcullis/queues'
import { waitFor } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t, { type Test } from 'tap'

import { assertCountedOnce, eventsOf } from './system/exactly-once.ts'
import { type Answer, untilReady } from './system/gateway.ts'
import { queuesOf } from './system/queues-of.ts'
import { BACKENDS, startSystem, type System } from './system/start-system.ts'
import { batchOf, post, send, untilFolded } from './system/traffic.ts'

t.setTimeout(600_000)

async function repeatedBatch(t: Test, { gateways, database }: System): Promise<void> {
  const batch = batchOf({ service: 'shop' })
  const sendTwice = () => Promise.all(gateways.map((gateway) => send(gateway, batch)))
  const answers = (await Promise.all([sendTwice(), sendTwice(), sendTwice()])).flat()
  t.ok(answers.every(({ status }) => status === 200 || status === 202))
  await untilFolded(database.pool, [batch])
  await Promise.all(gateways.map((gateway) => gateway.process.kill()))
  await Promise.all(gateways.map((gateway) => gateway.process.start()))
  await Promise.all(gateways.map(untilReady))
  t.strictSame(
    (await sendTwice()).map(({ status }) => status),
    [200, 200],
    'gateways that never saw it know it again',
  )
  const other = batchOf({ service: 'shop', count: 3 })
  const body = other.body.replace(other.id, batch.id)
  t.equal((await send(gateways[0]!, { ...other, body })).status, 422, 'another body is refused')
  // Behind all that may still be in the queue.
  const last = await post(gateways[0]!, batchOf({ service: 'shop' }))
  await assertCountedOnce(t, database.pool, [batch, last])
}

/** Counts transactions that wait for the lock on a shard's head. */
async function waitingForShard({ database }: System): Promise<number> {
  const { rows } = await database.pool.query<{ waiting: number }>(
    `select count(*)::int as waiting from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock' and query like '%shard_heads%'`,
  )
  return rows[0]!.waiting
}

async function twiceRunJob(t: Test, system: System): Promise<void> {
  const { gateways, aggregators, database } = system
  const [first, second] = aggregators
  await second!.kill()
  const holder = await database.pool.connect()
  await holder.query('begin')
  await holder.query('select from shard_heads for update')
  const batch = await post(gateways[0]!, batchOf({ service: 'search' }))
  await waitFor(async () => (await waitingForShard(system)) > 0, {
    what: 'the first run of the job',
  })
  // It cannot say any more that it has the job, which is then given to the other one.
  first!.pause()
  await second!.start()
  const queues = queuesOf(t, system)
  const isRunTwice = async () => {
    const jobs = await Promise.all(METRIC_QUEUES.map((name) => queues.queue(name).getActive()))
    return jobs.flat().some((job) => job.attemptsStarted > 1)
  }
  await waitFor(isRunTwice, { what: 'the second run of the job', timeoutMs: 60_000 })
  await holder.query('commit')
  holder.release()
  first!.resume()
  await untilFolded(database.pool, [batch])
  const last = await post(gateways[0]!, batchOf({ service: 'search' }))
  await assertCountedOnce(t, database.pool, [batch, last])
}

async function repeatedCommand(t: Test, { gateways, database, escalators }: System): Promise<void> {
  const key = randomUUID()
  const open = (route: string) =>
    gateways.flatMap((gateway) =>
      [1, 2, 3].map(() =>
        gateway.ask('/ops/incidents', {
          method: 'POST',
          body: { service: 'shop', route },
          headers: { 'idempotency-key': key },
        }),
      ),
    )
  const idOf = ({ body }: Answer) => (body as { incident: { id: string } }).incident.id
  const answers = await Promise.all(open('GET /once'))
  t.ok(
    answers.every(({ status }) => status === 200),
    'each gets the answer',
  )
  t.equal(new Set(answers.map(idOf)).size, 1)
  await escalators[0]!.kill()
  await escalators[0]!.start()
  t.equal((await open('GET /once')[0]!).status, 200, 'and later, too')
  t.equal((await eventsOf(database.pool, 'incident.opened')).length, 1)
  const { rows } = await database.pool.query('select from commands')
  t.equal(rows.length, 1)
}

async function isTold(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query('select from outbox')
  return rows.length === 0
}

async function repeatedDelivery(t: Test, system: System): Promise<void> {
  const { receiver, notifiers, database, gateways } = system
  await waitFor(() => isTold(database.pool), { what: 'the end of earlier deliveries' })
  const before = receiver.requests.length
  // Answered too late: the notifier dies while it waits, and nobody knows whether it was delivered.
  receiver.answerWith(() => ({ delayMs: 5_000 }))
  await gateways[0]!.ask('/ops/incidents', {
    method: 'POST',
    body: { service: 'shop', route: 'GET /told' },
  })
  await waitFor(() => receiver.requests.length > before, { what: 'the first attempt' })
  await notifiers[0]!.kill()
  receiver.answerWith(() => ({ status: 204 }))
  // The lease of the dead notifier ends: a minute goes by.
  await database.pool.query('update outbox set next_attempt_at = clock_timestamp()')
  await notifiers[0]!.start()
  const delivered = () => eventsOf<{ attempts: number }>(database.pool, 'notification.delivered')
  const receipts = await waitFor(
    async () => {
      return (await isTold(database.pool)) && (await delivered())
    },
    { what: 'the receipt' },
  )
  const ids = receiver.requests.slice(before).map(({ headers }) => headers['webhook-id'])
  t.equal(ids.length, 2)
  t.equal(new Set(ids).size, 1, 'both attempts carry the same id')
  t.equal(receipts.at(-1)?.data.attempts, 2)
  t.equal(receipts.filter(({ stream }) => stream === receipts.at(-1)?.stream).length, 1)
}

for (const backend of BACKENDS) {
  t.test(`with queues in ${backend}`, async (t) => {
    const counts = { gateway: 2, aggregator: 2 }
    const system = await startSystem(t, { backend, counts })
    await t.test('a batch that is sent again counts once', (t) => repeatedBatch(t, system))
    await t.test('a job that is run twice counts once', (t) => twiceRunJob(t, system))
    await t.test('a command that is sent again is decided once', (t) => repeatedCommand(t, system))
    await t.test('a delivery that is made again keeps its id', (t) => repeatedDelivery(t, system))
    t.strictSame(await eventsOf(system.database.pool, 'metrics.lost'), [], 'nothing counts as lost')
  })
}
