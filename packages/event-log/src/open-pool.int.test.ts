import { createDatabase, freePort, waitFor } from '@portcullis/testkit'
import t, { type Test } from 'tap'

import { isRetryable } from './is-retryable.ts'
import { openPool } from './open-pool.ts'

const database = await createDatabase(t)

function open(t: Test, connectionString = database.connectionString) {
  const lost: Error[] = []
  const pool = openPool({
    connectionString,
    applicationName: 'portcullis-test',
    connectionsMax: 2,
    onError: (error) => void lost.push(error),
  })
  t.teardown(() => pool.end())
  return { pool, lost }
}

const END_ALL = `select pg_terminate_backend(pid) from pg_stat_activity
  where application_name = 'portcullis-test'`

t.test('a service is known by its name', async (t) => {
  const { pool } = open(t)
  t.same((await pool.query('show application_name')).rows, [
    { application_name: 'portcullis-test' },
  ])
})

t.test('a connection that is lost while somebody has it ends nothing but their work', async (t) => {
  const { pool } = open(t)
  const session = await pool.connect()
  await session.query('select 1')
  await database.pool.query(END_ALL)
  const error = await waitFor(
    () =>
      session.query('select 1').then(
        () => null,
        (error: unknown) => error,
      ),
    { what: 'the failure of the next statement' },
  )
  t.ok(isRetryable(error))
  session.release(true)
  t.equal((await pool.query('select 1')).rowCount, 1, 'the pool has made another')
})

t.test('an idle connection that is lost is told, and another is made', async (t) => {
  const { pool, lost } = open(t)
  await pool.query('select 1')
  await database.pool.query(END_ALL)
  await waitFor(() => lost.length > 0, { what: 'the news of the loss' })
  t.equal((await pool.query('select 1')).rowCount, 1)
})

t.test('a server that is away is noticed at the first statement, not at the opening', async (t) => {
  const port = await freePort()
  const { pool } = open(t, `postgres://nobody@127.0.0.1:${port}/nothing`)
  const error = await pool.query('select 1').catch((error: unknown) => error)
  t.ok(isRetryable(error))
})
