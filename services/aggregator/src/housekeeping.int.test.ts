// Goal: house is kept beside everything else: partitions are there before they are needed, what is old
// goes however much of it there is, days are sealed, and nobody who folds or reads is held up.
// Method: a round of it on a database that was filled by hand, with readers who do not let go.
import { DAY_MS, DEFAULT_PROJECT, type EpochMs } from '@portcullis/contracts'
import { unpackHour } from '@portcullis/domain'
import { type Db, verifyChain } from '@portcullis/event-log'
import { shardsToCompact, verifyProjections, verifySeals } from '@portcullis/projections'
import { createLogger, systemClock } from '@portcullis/runtime'
import { createDatabase } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t, { type Test } from 'tap'

import { compactShards } from './compact-shards.ts'
import { createDatabaseOfAnyTime } from './fixtures/database-of-any-time.ts'
import { ALL_SHARDS, batchOf, folderOf, folderOn, observationsIn, SHARD } from './fixtures/shard.ts'
import { keepHouse } from './housekeeping.ts'
import { dropPartitions, makePartitions } from './partitions.ts'

const RETENTION = { batchesDays: 15, minutesDays: 400, idsHours: 24, commandsDays: 30 }
const log = createLogger({ service: 'test', instance: 'test', level: 'silent' })

const keep = (pool: Pool): Promise<void> =>
  keepHouse({ pool, project: DEFAULT_PROJECT, retention: RETENTION, clock: systemClock, log })

async function namesOf(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
     where inhparent = 'metric_batches'::regclass and relname ~ '[0-9]{8}$' order by 1`,
  )
  return rows.map((row) => row.name)
}

function nameAt(daysFromNow: number): string {
  const day = new Date(systemClock.now() + daysFromNow * DAY_MS).toISOString().slice(0, 10)
  return `metric_batches_${day.replaceAll('-', '')}`
}

/** Makes the partition of a day, as an earlier round did. */
async function makeDay(pool: Pool, daysFromNow: number): Promise<string> {
  const start = Math.floor(systemClock.now() / DAY_MS + daysFromNow) * DAY_MS
  const [from, to] = [start, start + DAY_MS].map((at) => new Date(at).toISOString())
  const name = nameAt(daysFromNow)
  await pool.query(
    `create table ${name} partition of metric_batches for values from ('${from}') to ('${to}')`,
  )
  return name
}

t.test(
  'partitions are made ahead, store cells as their parent, and go when they are old',
  async (t) => {
    const { pool } = await createDatabase(t)
    const [old, kept] = [await makeDay(pool, -17), await makeDay(pool, -15)]
    await keep(pool)
    const names = await namesOf(pool)
    t.notOk(names.includes(old))
    t.strictSame(names, [kept, ...[0, 1, 2, 3, 4].map(nameAt)])
    const { rows } = await pool.query(
      `select distinct attstorage from pg_attribute join pg_inherits on attrelid = inhrelid
     where inhparent = 'metric_batches'::regclass and attname = 'cells'`,
    )
    t.strictSame(rows, [{ attstorage: 'e' }], 'external: cells are packed already')
  },
)

t.test('folding goes on while somebody reads batches for as long as an export takes', async (t) => {
  const { pool } = await createDatabase(t)
  const folder = folderOn(pool)
  await keep(pool)
  await folder.fold([batchOf({ requests: 1 })])
  const old = await makeDay(pool, -17)
  await pool.query(`drop table ${nameAt(4)}`)
  const reader = await pool.connect()
  await reader.query('begin; lock table metric_batches in access share mode')
  const house = keep(pool)
  for (let nth = 0; nth < 20; nth += 1) await folder.fold([batchOf({ requests: 1 })])
  await house
  t.equal(await observationsIn(pool), 21)
  t.ok((await namesOf(pool)).includes(old), 'what is read is left for the next round')
  await reader.query('commit')
  reader.release()
  await keep(pool)
  t.ok((await namesOf(pool)).includes(old), 'so is what may be missing in the minutes')
  await compactShards(pool, DEFAULT_PROJECT, ALL_SHARDS)
  await keep(pool)
  t.strictSame(await namesOf(pool), [0, 1, 2, 3, 4].map(nameAt))
})

t.test('where all partitions are there, no table is locked', async (t) => {
  const { pool } = await createDatabase(t)
  const statements: string[] = []
  const session: Db = {
    query: (statement, values) => {
      statements.push(typeof statement === 'string' ? statement : statement.text)
      return pool.query(statement as string, values)
    },
  }
  const now = new Date(systemClock.now())
  t.strictSame(await makePartitions(session, now), [0, 1, 2, 3, 4].map(nameAt))
  statements.length = 0
  t.strictSame(await makePartitions(session, now), [])
  t.strictSame(await dropPartitions(session, { now, keptDays: 15 }), [])
  t.notOk(statements.some((one) => !one.startsWith('select')))
})

t.test('one round deletes all that is old, and nothing else', async (t) => {
  const { pool } = await createDatabase(t)
  await pool.query(
    `insert into inbox (project_id, message_id, body_hash, answer, recorded_at)
     select 'default', 'id-' || nth, repeat('0', 64), '{}',
       clock_timestamp() - case when nth <= 12000 then interval '25 hours' else interval '23 hours' end
     from generate_series(1, 12003) as nth`,
  )
  await pool.query(
    `insert into route_buckets (project_id, shard, bucket_start, service, environment, observations, cells)
     select 'default', 0, clock_timestamp() - hours * interval '1 hour', 'shop', 'production', 1, ''
     from unnest('{0,1,3,4}'::int[]) as hours`,
  )
  await keep(pool)
  const { rows } = await pool.query(
    `select (select count(*)::int from inbox) as ids,
       (select count(*)::int from route_buckets) as buckets`,
  )
  t.strictSame(rows, [{ ids: 3, buckets: 2 }])
})

t.test('a step that fails keeps the others from nothing', async (t) => {
  const { pool } = await createDatabase(t)
  await pool.query(
    `insert into inbox (project_id, message_id, body_hash, answer, recorded_at)
     values ('default', 'id', repeat('0', 64), '{}', clock_timestamp() - interval '25 hours')`,
  )
  await pool.query('alter table metric_batches rename to metric_batches_away')
  await t.rejects(keep(pool), { message: /metric_batches/u })
  t.strictSame((await pool.query('select from inbox')).rows, [], 'rows were deleted')
})

const LATE_MS = 5 * DAY_MS

async function sealsOf(t: Test, pool: Pool) {
  t.equal((await verifyChain(pool, DEFAULT_PROJECT)).mismatch, null)
  t.strictSame((await verifyProjections(pool, DEFAULT_PROJECT)).differences, [])
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from events where type = 'minutes.sealed'`,
  )
  const { days, mismatch } = await verifySeals(pool, DEFAULT_PROJECT, 0 as EpochMs)
  return { events: rows[0]!.count, days, isIntact: mismatch === null }
}

t.test(
  'a day is sealed while traffic flows, and again when a batch came too late for it',
  async (t) => {
    const { pool } = await createDatabase(t)
    const folder = folderOn(pool)
    const at = systemClock.now() - LATE_MS
    await folder.fold([batchOf({ requests: 10, at })])
    await compactShards(pool, DEFAULT_PROJECT, ALL_SHARDS)
    await folder.fold([batchOf({ requests: 1 })])
    await keep(pool)
    await keep(pool)
    t.strictSame(await sealsOf(t, pool), { events: 1, days: 1, isIntact: true })

    await folder.fold([batchOf({ requests: 7, at }), batchOf({ requests: 1 })])
    const sealedAgain = await compactShards(pool, DEFAULT_PROJECT, ALL_SHARDS)
    t.strictSame(sealedAgain, [at - (at % DAY_MS)])
    t.strictSame(await sealsOf(t, pool), { events: 2, days: 1, isIntact: true })
    t.equal(await minutesOf(pool), 19, 'what was accepted counts')
  },
)

t.test('a sealed day that somebody altered is not sealed as it is', async (t) => {
  const { pool } = await createDatabase(t)
  const folder = folderOn(pool)
  const at = systemClock.now() - LATE_MS
  await folder.fold([batchOf({ requests: 10, routes: ['GET /a', 'GET /b'], at })])
  await compactShards(pool, DEFAULT_PROJECT, ALL_SHARDS)
  await keep(pool)
  await pool.query(`delete from metric_minutes where route = 'GET /b'`)
  await folder.fold([batchOf({ requests: 7, routes: ['GET /a'], at })])
  t.strictSame(await compactShards(pool, DEFAULT_PROJECT, ALL_SHARDS), [])
  const { mismatch } = await verifySeals(pool, DEFAULT_PROJECT, 0 as EpochMs)
  t.match(mismatch, { detail: /have 1 rows of the 2 sealed/u })
})

/** How many requests the minutes count. */
async function minutesOf(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ cells: Buffer }>('select cells from metric_minutes')
  return rows.map(({ cells }) => requestsIn(cells)).reduce((sum, count) => sum + count, 0)
}

function requestsIn(cells: Buffer): number {
  const unpacked = unpackHour(cells)
  if ('rejected' in unpacked) throw new Error(unpacked.rejected)
  return [...unpacked.cells.values()]
    .flatMap((versions) => [...versions.values()])
    .reduce((sum, cell) => sum + cell.count, 0)
}

t.test(
  'a shard is compacted when it is quiet, or when a batch has waited for a minute',
  async (t) => {
    const { pool, goTo } = await createDatabaseOfAnyTime(t)
    const folder = folderOf(SHARD, pool)
    const at = systemClock.now()
    const due = async (afterMs: number) => {
      await goTo(at + afterMs)
      return shardsToCompact(pool, DEFAULT_PROJECT)
    }
    const foldAt = async (afterMs: number) => {
      await goTo(at + afterMs)
      await folder.fold([batchOf({ requests: 1, at: at + afterMs })])
    }
    t.strictSame(await due(0), [])
    await foldAt(0)
    t.strictSame(await due(0), [{ shard: SHARD, through: 1 }], 'nothing was compacted before')
    await foldAt(1)
    await compactShards(pool, DEFAULT_PROJECT, [{ shard: SHARD, through: 1 }])
    for (let afterMs = 2_000; afterMs <= 60_000; afterMs += 2_000) {
      await foldAt(afterMs)
      t.strictSame(await due(afterMs), [], 'more may come')
    }
    t.strictSame(await due(60_001), [{ shard: SHARD, through: 32 }])
    await compactShards(pool, DEFAULT_PROJECT, [{ shard: SHARD, through: 32 }])
    await foldAt(61_000)
    t.strictSame(await due(66_000), [])
    t.strictSame(await due(66_001), [{ shard: SHARD, through: 33 }], 'it is quiet')
    await compactShards(pool, DEFAULT_PROJECT, [{ shard: SHARD, through: 33 }])
    t.strictSame(await due(200_000), [])
  },
)
