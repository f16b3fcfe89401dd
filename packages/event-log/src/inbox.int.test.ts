import { createDatabase } from '@portcullis/testkit'
import fc from 'fast-check'
import t from 'tap'

import { AT, PROJECT } from './fixtures.ts'
import { claimMessages, findMessages, type InboxMessage } from './inbox.ts'
import { inTransaction } from './transaction.ts'

function message(messageId: string, bodyHash = 'body'): InboxMessage {
  return { messageId, bodyHash, answer: { for: messageId } }
}

t.test('a message is claimed once', async (t) => {
  const { pool } = await createDatabase(t)
  t.same(await claimMessages(pool, PROJECT, [message('a'), message('b')], AT), new Set(['a', 'b']))
  t.same(await claimMessages(pool, PROJECT, [message('b'), message('c')], AT), new Set(['c']))
  t.same(await claimMessages(pool, PROJECT, [], AT), new Set())
})

t.test('of an id that comes twice at once the first body counts', async (t) => {
  const { pool } = await createDatabase(t)
  const twice = [message('a', 'first'), message('a', 'second')]
  t.same(await claimMessages(pool, PROJECT, twice, AT), new Set(['a']))
  t.match(await findMessages(pool, PROJECT, ['a']), new Map([['a', message('a', 'first')]]))
})

t.test('what was answered is found again', async (t) => {
  const { pool } = await createDatabase(t)
  await claimMessages(pool, PROJECT, [message('a'), message('b')], AT)
  t.same(await findMessages(pool, PROJECT, ['b', 'nobody', 'b']), new Map([['b', message('b')]]))
  t.same(await findMessages(pool, PROJECT, []), new Map())
})

t.test('a claim that is rolled back is free again', async (t) => {
  const { pool } = await createDatabase(t)
  const failure = inTransaction(pool, async (tx) => {
    await claimMessages(tx, PROJECT, [message('a')], AT)
    throw new Error('no')
  })
  await t.rejects(failure, { message: 'no' })
  t.same(await claimMessages(pool, PROJECT, [message('a')], AT), new Set(['a']))
})

// A plan that was made while the table was empty reads all of it, for ever: it once cut commands to
// half their throughput. A claim has nothing else to choose than the index; a search is planned anew
// each time, because it is sent without a name, and the planner looks at the table's present size.
t.test('no statement reads the whole table that was empty when it was analyzed', async (t) => {
  const { pool } = await createDatabase(t)
  const session = await pool.connect()
  t.teardown(async () => session.release())
  await session.query('vacuum analyze inbox')
  await session.query('set plan_cache_mode = force_generic_plan')
  await claimMessages(session, PROJECT, [message('first')], AT)
  await findMessages(session, PROJECT, ['first'])
  const many = Array.from({ length: 5_000 }, (_, nth) => message(`m${nth}`))
  await claimMessages(session, PROJECT, many, AT)
  const before = await sequentialScans()
  await findMessages(session, PROJECT, ['m1', 'm4999'])
  await claimMessages(session, PROJECT, [message('m1')], AT)
  t.equal(await sequentialScans(), before)

  async function sequentialScans(): Promise<number> {
    await session.query('select pg_stat_force_next_flush()')
    const { rows } = await session.query<{ scans: number }>(
      `select seq_scan::float8 as scans from pg_stat_user_tables where relname = 'inbox'`,
    )
    return rows[0]!.scans
  }
})

// Property: whoever delivers which messages in which order and how often, and whoever dies before the
// commit, each message is applied exactly once by those who commit. Seen to catch: a claim that
// returns ids which somebody else had claimed.
t.test('a message id is applied once', async (t) => {
  const { pool } = await createDatabase(t)
  await pool.query('create table applied (message_id text not null)')
  let run = 0
  const delivery = fc.record({
    ids: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 8 }),
    dies: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(delivery, { minLength: 2, maxLength: 8 }), async (deliveries) => {
      run += 1
      await Promise.all(deliveries.map((given) => deliver(given)))
      const { rows } = await pool.query<{ id: string; times: number }>(
        `select message_id as id, count(*)::int as times from applied
         where message_id like $1 group by 1`,
        [`${run}-%`],
      )
      const twice = rows.filter(({ times }) => times !== 1)
      const expected = new Set(deliveries.filter(({ dies }) => !dies).flatMap(({ ids }) => ids))
      if (twice.length > 0 || rows.length !== expected.size) throw new Error(JSON.stringify(rows))
    }),
    { numRuns: 40 },
  )
  t.ok(run > 0)

  async function deliver({ ids, dies }: { ids: number[]; dies: boolean }): Promise<void> {
    const tx = await pool.connect()
    try {
      await tx.query('begin')
      const messages = ids.map((id) => message(`${run}-${id}`))
      const claimed = await claimMessages(tx, PROJECT, messages, AT)
      await tx.query('insert into applied select unnest($1::text[])', [[...claimed]])
      await tx.query(dies ? 'rollback' : 'commit')
    } finally {
      tx.release()
    }
  }
})
