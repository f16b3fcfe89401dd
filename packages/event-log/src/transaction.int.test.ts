import { createDatabase } from '@portcullis/testkit'
import t from 'tap'

import { inTransaction } from './transaction.ts'

const { pool } = await createDatabase(t)
await pool.query('create table kept (id integer)')

async function kept(): Promise<number> {
  return (await pool.query('select from kept')).rows.length
}

t.test('what the work did is kept, and its result returned', async (t) => {
  const result = await inTransaction(pool, async (tx) => {
    await tx.query('insert into kept values (1)')
    return 'done'
  })
  t.equal(result, 'done')
  t.equal(await kept(), 1)
})

t.test('a failure takes everything back and is thrown as it is', async (t) => {
  const failure = new Error('no')
  const error = await inTransaction(pool, async (tx) => {
    await tx.query('insert into kept values (2)')
    throw failure
  }).catch((error) => error)
  t.equal(error, failure)
  t.equal(await kept(), 1)
  t.equal(pool.idleCount, pool.totalCount, 'the connection is given back')
})

t.test('a transaction begins as it is told to', async (t) => {
  const level = await inTransaction(
    pool,
    async (tx) => (await tx.query('show transaction_isolation')).rows[0],
    'begin isolation level repeatable read read only',
  )
  t.same(level, { transaction_isolation: 'repeatable read' })
})

t.test('a connection that broke is not used again', async (t) => {
  const failing = inTransaction(pool, async (tx) => {
    await tx.query('select pg_terminate_backend(pg_backend_pid())')
  })
  await t.rejects(failing)
  t.equal(await kept(), 1, 'the pool has made another')
})
