import { DEFAULT_PROJECT, type EpochMs } from '@portcullis/contracts'
import { systemClock } from '@portcullis/runtime'
import { createDatabase, fakeClock } from '@portcullis/testkit'
import t from 'tap'

import { NONCE_KEPT_MS } from '../access/signature.ts'
import { apiKeysIn } from './api-keys.ts'
import { ledgerIn } from './ledger.ts'
import { noncesIn } from './nonces.ts'
import { peopleIn } from './people.ts'
import { sharedHitsIn } from './shared-hits.ts'

// Each store is opened twice, as two gateways would: what one does, the other sees.

t.test('a nonce counts once over all gateways, until it is too old to be replayed', async (t) => {
  const { pool } = await createDatabase(t)
  const [one, other] = [noncesIn(pool, DEFAULT_PROJECT), noncesIn(pool, DEFAULT_PROJECT)]
  const now = systemClock.now()
  t.equal(await one('nonce-0001', now), true)
  t.equal(await one('nonce-0001', now), false)
  t.equal(await other('nonce-0001', now), false)
  const both = await Promise.all([one('nonce-0002', now), other('nonce-0002', now)])
  t.strictSame(both.toSorted(), [false, true], 'also at once')
  const later = (now + NONCE_KEPT_MS + 1) as EpochMs
  t.equal(await one('nonce-0001', later), true)
})

t.test('hits are counted over all gateways, each with its own number', async (t) => {
  const { pool } = await createDatabase(t)
  const [one, other] = [sharedHitsIn(pool, systemClock), sharedHitsIn(pool, systemClock)]
  const counted = await Promise.all(
    Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? one : other)('ack:ada', 60_000)),
  )
  const numbers = counted.map(({ hits }) => hits).toSorted((a, b) => a - b)
  t.strictSame(
    numbers,
    Array.from({ length: 40 }, (_, n) => n + 1),
  )
  t.ok(counted.every(({ leftMs }) => leftMs > 0 && leftMs <= 60_000))
  t.match(await other('ack:bob', 60_000), { hits: 1 })
})

t.test('a window that is over begins anew', async (t) => {
  const { pool } = await createDatabase(t)
  const count = sharedHitsIn(pool, systemClock)
  await count('a', 60_000)
  await count('a', 60_000)
  await pool.query(`update rate_limits set resets_at = clock_timestamp()`)
  t.match(await count('a', 60_000), { hits: 1 })
})

t.test('old counters are cleared away by the way', async (t) => {
  const { pool } = await createDatabase(t)
  const clock = fakeClock()
  const count = sharedHitsIn(pool, clock)
  await count('old', 60_000)
  await pool.query(`update rate_limits set resets_at = clock_timestamp()`)
  clock.advance(10 * 60_000)
  await count('new', 60_000)
  const { rows } = await pool.query('select key from rate_limits')
  t.strictSame(rows, [{ key: 'new' }])
})

t.test('a person has one id on all gateways, and the log can do without the name', async (t) => {
  const { pool } = await createDatabase(t)
  const [one, other] = [
    peopleIn(pool, DEFAULT_PROJECT, systemClock),
    peopleIn(pool, DEFAULT_PROJECT, systemClock),
  ]
  const ids = await Promise.all([one('ada@example.com'), other('ada@example.com'), one('bob')])
  t.equal(ids[0], ids[1])
  t.not(ids[0], ids[2])
  t.match(ids[0], /^person_[0-9a-f]{32}$/u)
  t.equal(await other('ada@example.com'), ids[0])
})

t.test('keys are read as they are, and unknown ids are left out', async (t) => {
  const { pool } = await createDatabase(t)
  await pool.query(`insert into api_keys
    values ('default', 'k1', 'ci', '{guard:read}', 'aa', 'system', now(), to_timestamp(5), null, 1)`)
  const find = apiKeysIn(pool, DEFAULT_PROJECT)
  t.strictSame(await find(['k1', 'k2'] as never), [
    {
      keyId: 'k1',
      role: 'ci',
      scopes: ['guard:read'],
      secretHash: 'aa',
      expiresAt: 5_000,
      revokedAt: null,
    },
  ])
})

t.test('the ledger keeps what every write told', async (t) => {
  const { pool } = await createDatabase(t)
  const run = '01890000-0000-7000-8000-000000000000' as never
  const write = ledgerIn(pool, DEFAULT_PROJECT)
  await write(run, [
    { shard: 0, acceptedTo: 5, voided: [2, 3, 5] },
    { shard: 1, acceptedTo: 1, voided: [] },
  ])
  await write(run, [{ shard: 0, acceptedTo: 6, voided: [6] }])
  const { rows } = await pool.query(
    `select shard, max(accepted_to)::int as to, range_agg(each)::text as voided
     from gateway_ledger left join lateral unnest(voided) as each on true
     group by shard order by shard`,
  )
  t.strictSame(rows, [
    { shard: 0, to: 6, voided: '{[2,4),[5,7)}' },
    { shard: 1, to: 1, voided: null },
  ])
  const { rows: times } = await pool.query<{ late: boolean }>(
    "select written_at > clock_timestamp() + interval '1 second' as late from gateway_ledger",
  )
  t.ok(
    times.every(({ late }) => !late),
    "the instants are the database's",
  )
})
