import { type AlarmScope, DEFAULT_PROJECT } from '@portcullis/contracts'
import { incidentIdOf, inTransaction } from '@portcullis/event-log'
import { createDatabase } from '@portcullis/testkit'
import type { PoolClient } from 'pg'
import t, { type Test } from 'tap'

import { lockIncidents } from './lock.ts'

const { pool } = await createDatabase(t)
const scope = { service: 'shop', environment: 'production', kind: 'manual' }
const idOf = (route: string) => incidentIdOf(DEFAULT_PROJECT, { ...scope, route } as AlarmScope)
const A = idOf('GET /a')
const B = idOf('GET /b')
const NEW = idOf('GET /new')

const INSERT = `insert into incidents (service, route) values ('shop', $1)`
for (const route of ['GET /a', 'GET /b']) await pool.query(INSERT, [route])

/** Leaves a transaction open, as a forgotten psql session does. */
async function leaveOpen(t: Test, sql: string, values: string[] = []): Promise<PoolClient> {
  const session = await pool.connect()
  await session.query('begin')
  await session.query(sql, values)
  t.teardown(async () => {
    await session.query('rollback')
    session.release()
  })
  return session
}

async function lock(...ids: (typeof A)[]): Promise<{ locked: string[]; held: string[] }> {
  return await inTransaction(pool, async (tx) => {
    const { locked, held } = await lockIncidents(tx, DEFAULT_PROJECT, ids)
    return { locked: [...locked.keys()], held: [...held] }
  })
}

t.test('rows that nobody holds are locked, and a new one is neither locked nor held', async (t) => {
  t.same(await lock(), { locked: [], held: [] })
  t.same(await lock(B, NEW, A, A), { locked: [A, B].toSorted(), held: [] })
})

t.test('what an open session updates is put aside', async (t) => {
  await leaveOpen(t, `update incidents set owner = 'ann' where route = $1`, ['GET /a'])
  t.same(await lock(A, B), { locked: [B], held: [A] })
})

t.test('what an open session inserts is put aside', async (t) => {
  const session = await leaveOpen(t, INSERT, ['GET /new'])
  t.same(await lock(NEW, B), { locked: [B], held: [NEW] })
  await session.query('commit')
  t.same(await lock(NEW), { locked: [NEW], held: [] })
})
