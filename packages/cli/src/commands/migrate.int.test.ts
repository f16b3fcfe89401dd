// needs: redis-server
import { createDatabase, startRedis } from '@portcullis/testkit'
import t from 'tap'

import { callCli } from '../../test/call-cli.ts'

t.test('an empty database is brought to the newest schema, with that of the queues', async (t) => {
  const { connectionString, pool } = await createDatabase(t, { migrated: false })
  const env = { DATABASE_URL: connectionString }
  const { exit, out, err } = await callCli(['migrate'], { env })
  t.strictSame({ exit, err }, { exit: 0, err: '' })
  t.match(
    out,
    /^Applied 0001-log-and-metrics\.\n(Applied .*\.\n)+The schema and that of the queues are up to date\.\n$/u,
  )
  const { rows } = await pool.query(
    `select to_regclass('events') as log, to_regnamespace('bullmq') as queues`,
  )
  t.match(rows, [{ log: 'events', queues: 'bullmq' }])
  t.match(await callCli(['migrate'], { env }), {
    exit: 0,
    out: 'The schema and that of the queues are up to date.\n',
  })
})

t.test('several that migrate at once wait for one another', async (t) => {
  const { connectionString } = await createDatabase(t, { migrated: false })
  const env = { DATABASE_URL: connectionString }
  const answers = await Promise.all([1, 2, 3].map(() => callCli(['migrate'], { env })))
  t.strictSame(
    answers.map(({ exit }) => exit),
    [0, 0, 0],
  )
})

t.test('queues that live in Redis need no schema', async (t) => {
  const { connectionString, pool } = await createDatabase(t, { migrated: false })
  const redis = await startRedis(t)
  const env = { DATABASE_URL: connectionString, REDIS_URL: redis.url }
  t.match(await callCli(['migrate'], { env }), { exit: 0, out: /the queues live in Redis\.\n$/u })
  const { rows } = await pool.query(`select to_regnamespace('bullmq') as queues`)
  t.match(rows, [{ queues: null }])
})

t.test('a schema of a newer version is left alone', async (t) => {
  const { connectionString, pool } = await createDatabase(t)
  await pool.query(`insert into kysely_migration values ('9999-from-the-future', 'now')`)
  t.match(await callCli(['migrate'], { env: { DATABASE_URL: connectionString } }), {
    exit: 1,
    out: '',
    err: /^portcullis: The database was migrated by a newer version of Portcullis/u,
  })
})
