// Goal: `schema.sql` is what the migrations add up to, so that a reader and a reviewer see the whole
// of it, and a change that nobody meant is seen. `TAP_SNAPSHOT=1 npx tap <this file>` writes it anew.
import { readFileSync, writeFileSync } from 'node:fs'

import { createDatabase } from '@portcullis/testkit'
import t from 'tap'

import { schemaText } from './schema-text.ts'

const FILE = new URL('../schema.sql', import.meta.url)

t.test('schema.sql is what the migrations add up to', async (t) => {
  const { pool } = await createDatabase(t)
  const text = await schemaText(pool)
  if (process.env['TAP_SNAPSHOT'] === '1') writeFileSync(FILE, text)
  t.equal(text, readFileSync(FILE, 'utf8'))
})

t.test('schema.sql makes that schema in an empty database', async (t) => {
  const { pool } = await createDatabase(t, { migrated: false })
  const committed = readFileSync(FILE, 'utf8')
  await pool.query(committed)
  t.equal(await schemaText(pool), committed)
})
