// Goal: the routes of a project are never more than they may be, and shards that are far from that do not wait for
// each other. Method: transactions of two shards are open at the same time.
import {
  DEFAULT_ENVIRONMENT,
  DEFAULT_PROJECT,
  type EpochMs,
  type RouteName,
  type ServiceName,
} from '@portcullis/contracts'
import { type Db, isRetryable } from '@portcullis/event-log'
import { createDatabase, waitFor } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t from 'tap'

import { countRoutesHeld, touchRoutes } from './routes.ts'

const SERVICE = 'shop' as ServiceName
const MAX = 80
const NOW = Date.UTC(2026, 10, 29) as EpochMs

function add(db: Db, from: number, count: number): Promise<void> {
  const routes = Array.from({ length: count }, (_, nth) => `GET /${from + nth}` as RouteName)
  const seen = [{ service: SERVICE, environment: DEFAULT_ENVIRONMENT, routes }]
  return touchRoutes(db, DEFAULT_PROJECT, { seen, recordedAt: NOW })
}

async function open(pool: Pool) {
  const tx = await pool.connect()
  await tx.query('begin')
  const end = async (): Promise<void> => {
    await tx.query('commit')
    tx.release()
  }
  return { tx, end }
}

function isWaiting(pool: Pool): Promise<boolean> {
  return pool
    .query(`select from pg_locks where locktype = 'advisory' and not granted`)
    .then(({ rowCount }) => rowCount === 1)
}

t.test('far from the limit nobody waits', async (t) => {
  const { pool } = await createDatabase(t)
  const [one, other] = [await open(pool), await open(pool)]
  const room = { adding: 10, max: MAX }
  t.equal(await countRoutesHeld(one.tx, DEFAULT_PROJECT, room), 0)
  await add(one.tx, 0, 10)
  t.equal(await countRoutesHeld(other.tx, DEFAULT_PROJECT, room), 0)
  await one.end()
  await other.end()
})

for (const [what, { already, adding }] of Object.entries({
  'near the limit': { already: 41, adding: 1 },
  'with many at once': { already: 0, adding: 11 },
})) {
  t.test(`${what} the count is held`, async (t) => {
    const { pool } = await createDatabase(t)
    await add(pool, 0, already)
    const [one, other] = [await open(pool), await open(pool)]
    const room = { adding, max: MAX }
    t.equal(await countRoutesHeld(one.tx, DEFAULT_PROJECT, room), already)
    const counting = countRoutesHeld(other.tx, DEFAULT_PROJECT, room)
    await waitFor(() => isWaiting(pool), { what: 'the second that counts' })
    await add(one.tx, already, adding)
    await one.end()
    t.equal(await counting, already + adding)
    await other.end()
  })
}

t.test('whoever counted too early counts again', async (t) => {
  const { pool } = await createDatabase(t)
  const { tx, end } = await open(pool)
  let counts = 0
  const query = async (text: string, values: unknown[]): Promise<unknown> => {
    const result = await tx.query(text, values)
    if ((counts += 1) === 1) await add(pool, 0, 41)
    return result
  }
  const overtaken: Db = { query } as never
  const room = { adding: 1, max: MAX }
  const error = await countRoutesHeld(overtaken, DEFAULT_PROJECT, room).catch(
    (thrown: unknown) => thrown,
  )
  t.ok(isRetryable(error))
  t.equal(await countRoutesHeld(tx, DEFAULT_PROJECT, room), 41)
  await end()
})
