import { DEFAULT_PROJECT, type PrincipalId } from '@portcullis/contracts'
import { createDatabase, fakeClock } from '@portcullis/testkit'
import t from 'tap'

import { dataKeysIn } from './data-keys.ts'
import { createPeopleSeal, ERASED } from './people-seal.ts'

// Goal: what people write can be read while their key exists, by every gateway, and never after.

const alice = 'person_alice' as PrincipalId
const bob = 'person_bob' as PrincipalId
const KEPT_MS = 10_000

t.test('gateways that meet a person at the same moment agree on the key', async (t) => {
  const { pool } = await createDatabase(t)
  const clock = fakeClock()
  const gateways = Array.from({ length: 8 }, () =>
    createPeopleSeal(dataKeysIn(pool, DEFAULT_PROJECT, clock), clock),
  )
  const notes = await Promise.all(
    gateways.map((gateway, nth) => gateway.seal(alice, `note ${nth}`)),
  )
  const texts = await gateways[0]!.open(notes)
  t.same(
    texts,
    notes.map((_, nth) => `note ${nth}`),
  )
})

t.test('an erased key takes its person’s notes with it, at once, and nobody else’s', async (t) => {
  const { pool } = await createDatabase(t)
  const clock = fakeClock()
  const seal = createPeopleSeal(dataKeysIn(pool, DEFAULT_PROJECT, clock), clock)
  const notes = [await seal.seal(alice, 'by alice'), await seal.seal(bob, 'by bob')]
  await pool.query('update people set data_key = null, name = null where person_id = $1', [alice])
  t.same(await seal.open(notes), [ERASED, 'by bob'])
  clock.advance(KEPT_MS)
  // Who writes again after that gets another key, which opens nothing that was before.
  notes.push(await seal.seal(alice, 'by alice again'))
  t.same(await seal.open(notes), [ERASED, 'by bob', 'by alice again'])
})

t.test('a person who has a name keeps it when the key is made', async (t) => {
  const { pool } = await createDatabase(t)
  const clock = fakeClock()
  await pool.query(
    `insert into people (project_id, person_id, subject, name, created_at)
     values ('default', $1, 'jwt:alice', 'alice', now())`,
    [alice],
  )
  await createPeopleSeal(dataKeysIn(pool, DEFAULT_PROJECT, clock), clock).seal(alice, 'a note')
  const { rows } = await pool.query('select subject, name, length(data_key) as size from people')
  t.same(rows, [{ subject: 'jwt:alice', name: 'alice', size: 32 }])
})
