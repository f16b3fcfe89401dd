import { createDatabase, freePort } from '@portcullis/testkit'
import pg from 'pg'
import t from 'tap'

import { append, newEvent } from './fixtures.ts'
import { isRetryable, overtaken } from './is-retryable.ts'

const { pool } = await createDatabase(t)

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => null,
    (error: unknown) => error,
  )
}

t.test('what passes by itself can be tried again', async (t) => {
  await append(pool, newEvent('a', 1))
  t.ok(isRetryable(await errorOf(append(pool, newEvent('a', 1)))), 'a stream conflict')
  t.ok(isRetryable(overtaken('somebody was first')), 'what was seen to be overtaken')
  const raised = ['40001', '40P01', '53300', '55P03', '57P01', '08006', '25P03']
  for (const state of raised) {
    const raising = pool.query(`do $$ begin raise exception 'x' using errcode = '${state}'; end $$`)
    t.ok(isRetryable(await errorOf(raising)), state)
  }
})

t.test('a server that takes no writes can be tried again', async (t) => {
  const standby = await pool.connect()
  t.teardown(() => standby.release(true))
  await standby.query('set default_transaction_read_only = on')
  const error = await errorOf(standby.query('create table written ()'))
  t.match(error, { code: '25006' })
  t.ok(isRetryable(error))
})

t.test('a server that is not there can be tried again', async (t) => {
  const port = await freePort()
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'nobody' })
  t.ok(isRetryable(await errorOf(client.connect())))
})

t.test('what would fail again is not tried again', async (t) => {
  t.notOk(isRetryable(await errorOf(pool.query('select * from nowhere'))), 'a mistake in SQL')
  t.notOk(isRetryable(await errorOf(pool.query('select 1 / 0'))), 'a mistake in data')
  t.notOk(isRetryable(new Error('a bug')))
  t.notOk(isRetryable('thrown by somebody'))
})
