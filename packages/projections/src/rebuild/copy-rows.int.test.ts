// Goal: whatever a row holds, the twin holds the same as when it is saved. Method: rows of any text, any
// JSON and any list are copied and saved, into two tables that must not differ.
// Seen to catch: a backslash that is not escaped, a list with an element NULL, a null that becomes text, columns that are
// taken in the order of each row's own members.
import { DEFAULT_PROJECT } from '@portcullis/contracts'
import { createDatabase } from '@portcullis/testkit'
import fc from 'fast-check'
import t from 'tap'

import { type ReadModel, saveRows } from '../read-model.ts'
import { connectForRebuild } from './connect-for-rebuild.ts'
import { copyRows } from './copy-rows.ts'
import { createScratch } from './scratch.ts'

interface Sample {
  readonly id: string
  readonly note: string | null
  readonly tags: readonly string[]
  readonly body: Readonly<Record<string, unknown>>
}

const model: ReadModel<Sample> = {
  table: 'sample',
  key: ['id'],
  keysOf: () => [],
  evolve: (row) => row!,
  // Members in an order that differs from row to row.
  toRecord: (row) => {
    const members = Object.entries(row)
    return Object.fromEntries(row.tags.length % 2 === 0 ? members : members.toReversed())
  },
  fromRecord: ({ id, note, tags, body }) => ({ id, note, tags, body }) as Sample,
}

/** Postgres stores no NUL. */
const text = fc
  .oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom(...'\\\t\n\r"{},N') }))
  .map((value) => value.replaceAll('\0', ''))
const json = fc.dictionary(
  text,
  fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(text)),
)
const sample: fc.Arbitrary<Sample> = fc.record({
  id: fc.constantFrom('a', 'b', '\\.', '\\N'),
  note: fc.option(fc.oneof(text, fc.constant('NULL')), { nil: null }),
  tags: fc.array(fc.oneof(text, fc.constant('NULL'), fc.constant(''))),
  body: json,
})

t.test('rows that are copied are those that are saved', async (t) => {
  const { pool } = await createDatabase(t)
  await pool.query(
    `create table sample (project_id text, id text, note text, tags text[] not null, body jsonb not null,
       primary key (project_id, id))`,
  )
  const session = await connectForRebuild(pool)
  t.teardown(() => session.release(true))
  await createScratch(session, [model])
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(sample, { selector: ({ id }) => id }), async (rows) => {
      const given = { project: DEFAULT_PROJECT, rows }
      await copyRows(session, model, given)
      await saveRows(pool, model, given)
      const { rows: differing } = await session.query(
        `select * from sample as copied full join public.sample as saved using (project_id, id)
         where copied is distinct from saved`,
      )
      t.strictSame(differing, [])
    }),
    { numRuns: 200 },
  )
  const { rows } = await session.query<{ count: number }>(
    'select count(*)::int as count from sample',
  )
  t.equal(rows[0]!.count, 4)
})
