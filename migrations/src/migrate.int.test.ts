import { createDatabase } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t from 'tap'

import { migrateToLatest } from './migrate.ts'
import { assertSchemaIsUsable, COMPATIBLE_FROM } from './schema-state.ts'
import { schemaText } from './schema-text.ts'

async function applied(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    'select name from kysely_migration order by timestamp, name',
  )
  return rows.map((row) => row.name)
}

async function newest(pool: Pool): Promise<string> {
  return (await applied(pool)).at(-1)!
}

t.test('an empty database gets every migration, in order', async (t) => {
  const { pool } = await createDatabase(t, { migrated: false })
  await migrateToLatest(pool)
  const names = await applied(pool)
  t.same(names, names.toSorted())
  t.ok(names.length >= 5)
  await assertSchemaIsUsable(pool)
})

t.test('a database that is newest already is left as it is', async (t) => {
  const { pool } = await createDatabase(t)
  const before = [await schemaText(pool), await applied(pool)]
  await migrateToLatest(pool)
  t.same([await schemaText(pool), await applied(pool)], before)
})

t.test('a database that stopped on the way goes on from there', async (t) => {
  const { pool } = await createDatabase(t, { migrated: false })
  await migrateToLatest(pool, '0002-projections')
  t.equal(await newest(pool), '0002-projections')
  await t.rejects(assertSchemaIsUsable(pool), { message: /run `portcullis migrate`/u })
  await migrateToLatest(pool)
  const whole = await createDatabase(t)
  t.equal(await schemaText(pool), await schemaText(whole.pool))
})

t.test('processes that start together migrate once', async (t) => {
  const { pool } = await createDatabase(t, { migrated: false })
  await Promise.all(Array.from({ length: 8 }, () => migrateToLatest(pool)))
  const names = await applied(pool)
  t.equal(new Set(names).size, names.length)
  await assertSchemaIsUsable(pool)
})

t.test('a schema that a newer version made is refused, and not touched', async (t) => {
  const { pool } = await createDatabase(t)
  await pool.query(`insert into kysely_migration values ('9999-of-the-future', now())`)
  const before = await schemaText(pool)
  const refusal = { message: /migrated by a newer version of Portcullis .*9999-of-the-future/u }
  await t.rejects(migrateToLatest(pool), refusal)
  await t.rejects(assertSchemaIsUsable(pool), refusal)
  t.equal(await schemaText(pool), before)
})

t.test('an empty database is not usable, and that is said in a sentence', async (t) => {
  const { pool } = await createDatabase(t, { migrated: false })
  await t.rejects(assertSchemaIsUsable(pool), { message: /has no schema of this version yet/u })
})

t.test('the code runs on every schema from the one it names as compatible', async (t) => {
  const { pool } = await createDatabase(t, { migrated: false })
  await migrateToLatest(pool, COMPATIBLE_FROM)
  await assertSchemaIsUsable(pool)
})

t.test('the pool stays open: it is the caller’s', async (t) => {
  const { pool } = await createDatabase(t, { migrated: false })
  await migrateToLatest(pool)
  t.same((await pool.query('select 1 as one')).rows, [{ one: 1 }])
})
