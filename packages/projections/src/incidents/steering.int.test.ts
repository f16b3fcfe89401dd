// Goal: whatever people write with SQL, folding the events that came of it gives the rows that SQL
// wrote, column by column; there is no second truth. Method: random statements in random
// transactions, some taken back, some refused; then the log is folded and compared.
import { DEFAULT_PROJECT } from '@portcullis/contracts'
import { readAll, verifyChain } from '@portcullis/event-log'
import { createDatabase } from '@portcullis/testkit'
import fc from 'fast-check'
import type { Pool, PoolClient } from 'pg'
import t from 'tap'

import { applyEvents } from '../apply-events.ts'
import { createScratch } from '../rebuild/scratch.ts'
import { incidentModel } from './model.ts'

const instant = fc
  .date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
  .map((date) => `'${date.toISOString().replace('Z', '456Z')}'`)
const orNull = (value: fc.Arbitrary<string>) => fc.oneof(fc.constant('null'), value)
const name = fc.constantFrom(`'ann'`, `'Größe 🏰'`, `'o''brien'`, `''`)
const json = fc
  .dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 2 }))
  .filter((value) => !JSON.stringify(value).includes('\\u0000'))
  .map((value) => `'${JSON.stringify(value).replaceAll("'", "''")}'`)

const change = fc.oneof(
  fc.constantFrom(`'open'`, `'acknowledged'`, `'resolved'`).map((value) => `status = ${value}`),
  fc.constantFrom(`'critical'`, `'warning'`, `'info'`).map((value) => `severity = ${value}`),
  fc.integer({ min: -1, max: 1_001 }).map((value) => `escalation_level = ${value}`),
  fc.constant('escalation_level = escalation_level + 1'),
  orNull(name).map((value) => `acknowledged_by = ${value}`),
  orNull(name).map((value) => `owner = ${value}`),
  orNull(instant).map((value) => `acknowledged_at = ${value}`),
  instant.map((value) => `first_seen = ${value}`),
  instant.map((value) => `last_seen = ${value}`),
  orNull(instant).map((value) => `escalated_at = ${value}`),
  orNull(instant).map((value) => `next_due_at = ${value}`),
  orNull(json).map((value) => `metadata = ${value}`),
)
const route = fc.constantFrom('GET /a', 'GET /b', 'GET /c')
const statement = fc.oneof(
  {
    weight: 1,
    arbitrary: route.map((route) => `insert into incidents (route) values ('${route}')`),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.array(change, { minLength: 1, maxLength: 4 }), route)
      .map(
        ([changes, route]) => `update incidents set ${distinct(changes)} where route <> '${route}'`,
      ),
  },
)
const transaction = fc.record({
  statements: fc.array(statement, { minLength: 1, maxLength: 4 }),
  ends: fc.constantFrom('commit', 'commit', 'commit', 'rollback'),
})

/** A column can be set once in a statement. */
function distinct(changes: readonly string[]): string {
  const byColumn = new Map(changes.map((change) => [change.split(' ')[0], change]))
  return [...byColumn.values()].join(', ')
}

async function run(pool: Pool, { statements, ends }: { statements: string[]; ends: string }) {
  const session = await pool.connect()
  try {
    await session.query('begin')
    for (const statement of statements) await attempt(session, statement)
    await session.query(ends)
  } finally {
    session.release()
  }
}

/** What is refused is refused alone: the transaction goes on, as with psql's ON_ERROR_ROLLBACK. */
async function attempt(session: PoolClient, statement: string): Promise<void> {
  await session.query('savepoint before')
  try {
    await session.query(statement)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    // Integrity constraints, and numbers and texts that jsonb or a double cannot hold.
    if (!/^(23|22)/u.test(code)) throw error
    await session.query('rollback to savepoint before')
  }
}

t.test('folding the log gives what SQL wrote', async (t) => {
  const { pool } = await createDatabase(t)
  await fc.assert(
    fc.asyncProperty(
      fc.array(transaction, { minLength: 2, maxLength: 8 }),
      async (transactions) => {
        for (const one of transactions) await run(pool, one)
        await assertFolded(pool)
      },
    ),
    { numRuns: 30 },
  )
  const { events, mismatch } = await verifyChain(pool, DEFAULT_PROJECT)
  t.equal(mismatch, null, 'every event is of its shape')
  t.ok(events > 50, 'much was written')
})

async function assertFolded(pool: Pool): Promise<void> {
  const session = await pool.connect()
  try {
    await createScratch(session, [incidentModel])
    for await (const events of readAll(pool, { project: DEFAULT_PROJECT })) {
      await applyEvents(session, [incidentModel], { project: DEFAULT_PROJECT, events })
    }
    const { rows } = await session.query(
      `select to_jsonb(stored) as stored, to_jsonb(folded) as folded
       from public.incident_state as stored
       full join pg_temp.incident_state as folded using (project_id, id)
       where stored is distinct from folded`,
    )
    if (rows.length > 0) throw new Error(JSON.stringify(rows[0]))
  } finally {
    session.release(true)
  }
}
