// Goal: docs/data-model.md tells the kind and the meaning of everything that is stored. Method: the
// catalogue is walked; each table has a section that says its kind and names exactly its columns.
import { readFileSync } from 'node:fs'

import { createDatabase } from '@portcullis/testkit'
import t from 'tap'

const page = readFileSync(new URL('../../docs/data-model.md', import.meta.url), 'utf8')

interface Section {
  readonly table: string
  readonly kind: string
  readonly text: string
}

const sections: Section[] = [...page.matchAll(/^### `(\w+)` · (\w+)\n(.*?)(?=^##)/gmsu)].map(
  ([, table, kind, text]) => ({ table: table!, kind: kind!, text: text! }),
)

/** The names in the first cells of a section's table; of a section without one, all names in it. */
function columnsIn({ text }: Section): string[] {
  const rows = [...text.matchAll(/^\| (`[^|]*) \|/gmu)].map(([, cell]) => cell!)
  const where = rows.length > 0 ? rows.join(' ') : text.slice(text.indexOf('The same columns'))
  return [...where.matchAll(/`([a-z_]+)`/gu)].map(([, name]) => name!)
}

const { pool } = await createDatabase(t)
const { rows: tables } = await pool.query<{ name: string; columns: string[] }>(
  `select relname as name, array_agg(attname::text order by attnum) as columns
   from pg_class join pg_attribute on attrelid = pg_class.oid
   where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
     and attnum > 0 and not attisdropped and relname not like 'kysely_%'
   group by relname order by relname`,
)

t.test('every table has a section, and every section a table', async (t) => {
  t.same(
    sections.map(({ table }) => table).toSorted(),
    tables.map(({ name }) => name),
  )
})

t.test('every table is truth, projection or work, and stands with its like', async (t) => {
  for (const { table, kind } of sections) {
    const chapter = { truth: '## Truth', projection: '## Projections', work: '## Work' }[kind]
    t.ok(chapter, `${table} is ${kind}`)
    const headings = page.slice(0, page.indexOf(`### \`${table}\``)).match(/^## .*$/gmu)
    t.equal(headings?.at(-1), chapter, table)
  }
})

t.test('every column has its meaning, and nothing is told that is not there', async (t) => {
  for (const { name, columns } of tables) {
    const section = sections.find(({ table }) => table === name)
    if (section === undefined) continue
    t.same(columnsIn(section).toSorted(), columns.toSorted(), name)
  }
})

t.test('the columns that SQL may write are those of the view’s trigger', async (t) => {
  const { rows } = await pool.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = 'incidents'::regclass and attnum > 0`,
  )
  const [, written] = /\*\*Can be written\*\*: (.*?)\. An/su.exec(page) ?? []
  const writable = [...(written ?? '').matchAll(/`(\w+)`/gu)].map(([, name]) => name!)
  const { rows: functions } = await pool.query<{ body: string }>(
    `select prosrc as body from pg_proc where proname = 'update_incident'`,
  )
  const assigned = [...functions[0]!.body.matchAll(/if new\.(\w+) is distinct/gu)]
  t.same(writable.toSorted(), assigned.map(([, name]) => name!).toSorted())
  for (const name of writable)
    t.ok(
      rows.some((row) => row.name === name),
      name,
    )
})
