import t from 'tap'

import { createDatabase } from './create-database.ts'

t.test('a test gets a database of its own with the newest schema', async (t) => {
  const one = await createDatabase(t)
  const other = await createDatabase(t)
  await one.pool.query('create table mine (id int)')
  const { rows } = await other.pool.query(
    "select to_regclass('mine') as mine, to_regclass('kysely_migration')::text as migrations",
  )
  t.same(rows, [{ mine: null, migrations: 'kysely_migration' }])
})

t.test('an unmigrated database is empty', async (t) => {
  const { pool } = await createDatabase(t, { migrated: false })
  const { rows } = await pool.query(
    "select count(*)::int from pg_tables where schemaname = 'public'",
  )
  t.same(rows, [{ count: 0 }])
})
