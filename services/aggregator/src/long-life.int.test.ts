// Goal: a system that lives for weeks, through silences, keeps its minutes, and at any time its
// projections are what the log says. Method: the database's clock is the test's own; batches of two
// services on two shards are folded day by day, with everything the aggregator does for the house.
// Seen to catch: a rebuild that takes a shard without batches for one that never had any, buckets or
// routes that retention took and a rebuild brings back, numbers that overtook one another at midnight.
import { randomUUID } from 'node:crypto'

import {
  DAY_MS,
  DEFAULT_PROJECT,
  type EpochMs,
  HOUR_MS,
  type MetricBatchMessage,
  MINUTE_MS,
  type ServiceName,
} from '@portcullis/contracts'
import { verifyBatches } from '@portcullis/event-log'
import { replayProjections, verifyProjections, verifySeals } from '@portcullis/projections'
import { shardOf } from '@portcullis/queues'
import { createLogger, systemClock } from '@portcullis/runtime'
import type { Pool } from 'pg'
import t, { type Test } from 'tap'

import { compactShards } from './compact-shards.ts'
import { createDatabaseOfAnyTime } from './fixtures/database-of-any-time.ts'
import { ALL_SHARDS, batchOf, folderOf, SHARD } from './fixtures/shard.ts'
import { keepHouse } from './housekeeping.ts'

const BEGIN = Date.UTC(2026, 2, 1)
const RETENTION = { batchesDays: 15, minutesDays: 400, commandsDays: 30, idsHours: 24 }
const log = createLogger({ service: 'test', instance: 'test', level: 'silent' })

const OTHER = ['billing', 'search', 'mail', 'login'].find(
  (name) => shardOf(DEFAULT_PROJECT, name as ServiceName) !== SHARD,
) as ServiceName
const OTHER_SHARD = shardOf(DEFAULT_PROJECT, OTHER)

interface System {
  readonly pool: Pool
  /** Goes to an instant, counted in days from the beginning. */
  readonly goTo: (day: number) => Promise<void>
  /** Folds a batch of the shop as of now. */
  readonly serve: (over?: Partial<MetricBatchMessage>) => Promise<void>
  /** Folds a batch of a service in another shard. */
  readonly serveOther: () => Promise<void>
  /** Compacts what is folded, and keeps house. */
  readonly keep: () => Promise<void>
  readonly compact: () => Promise<void>
  readonly keepHouse: () => Promise<void>
}

async function openSystem(t: Test): Promise<System> {
  const { pool, goTo } = await createDatabaseOfAnyTime(t)
  const [shop, other] = [folderOf(SHARD, pool), folderOf(OTHER_SHARD, pool)]
  let at = BEGIN
  const system: System = {
    pool,
    goTo: async (day) => {
      at = BEGIN + day * DAY_MS
      await goTo(at)
    },
    serve: async (over = {}) => {
      await shop.fold([{ ...batchOf({ requests: 10, at, routes: [routeOf(at)] }), ...over }])
    },
    serveOther: async () => {
      await other.fold([
        { ...batchOf({ requests: 10, at }), shard: OTHER_SHARD, service: OTHER, run: randomRun() },
      ])
    },
    keep: async () => {
      await system.compact()
      await system.keepHouse()
    },
    compact: async () => {
      await compactShards(pool, DEFAULT_PROJECT, ALL_SHARDS)
    },
    keepHouse: () =>
      keepHouse({
        pool,
        project: DEFAULT_PROJECT,
        retention: RETENTION,
        clock: systemClock,
        log,
      }),
  }
  await system.goTo(0)
  await system.keep()
  return system
}

/** Some routes are always there, some are seen for a day. */
function routeOf(at: number): string {
  return at % DAY_MS < 12 * HOUR_MS ? 'GET /cart' : `GET /day/${Math.floor((at - BEGIN) / DAY_MS)}`
}

function randomRun() {
  return randomUUID() as MetricBatchMessage['run']
}

async function minutesIn(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'select count(*)::int as count from metric_minutes',
  )
  return rows[0]!.count
}

async function batchesIn(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'select count(*)::int as count from metric_batches',
  )
  return rows[0]!.count
}

/** Verifies and replays: nothing differs, nothing is mended, no minute is gone. */
async function assertSame(t: Test, { pool }: System, when: string): Promise<void> {
  const before = await minutesIn(pool)
  t.strictSame((await verifyProjections(pool, DEFAULT_PROJECT)).differences, [], when)
  t.equal((await replayProjections(pool, DEFAULT_PROJECT)).mended, 0, when)
  t.equal(await minutesIn(pool), before, `${when}: every minute is kept`)
}

async function liveThrough(system: System, from: number, to: number): Promise<void> {
  for (let day = from; day < to; day += 1) {
    for (const hour of [1, 13, 23]) {
      await system.goTo(day + hour / 24)
      await system.serve()
    }
    await system.keep()
  }
}

t.test('a system that is used every day', async (t) => {
  const system = await openSystem(t)
  await system.serveOther()
  await liveThrough(system, 0, 15)
  t.equal(await batchesIn(system.pool), 46, 'nothing is dropped yet')
  await assertSame(t, system, 'after 15 days')
  for (const day of [15, 16, 17, 18]) {
    await liveThrough(system, day, day + 1)
    await assertSame(t, system, `after day ${day}`)
  }
  t.equal(await batchesIn(system.pool), 17 * 3, 'two days were dropped')
  t.match(
    await verifySeals(system.pool, DEFAULT_PROJECT, 0 as EpochMs),
    { days: 16, expired: 0, mismatch: null },
    'a day is sealed two days after its end',
  )
  t.equal((await verifyBatches(system.pool, DEFAULT_PROJECT)).mismatch, null)
})

t.test('a system that is not used for an hour, a day, for weeks', async (t) => {
  const system = await openSystem(t)
  await liveThrough(system, 0, 2)
  for (const idle of [1.5 / 24, 3 / 24, 14, 15.1, 16, 17, 40]) {
    await system.goTo(2 + idle)
    await system.keep()
    await assertSame(t, system, `after ${idle} idle days`)
  }
  t.equal(await batchesIn(system.pool), 0, 'every batch was dropped')
  t.equal(await minutesIn(system.pool), 6)
  await liveThrough(system, 42, 43)
  await assertSame(t, system, 'when it is used again')
})

t.test('a shard that falls silent beside one that is used', async (t) => {
  const system = await openSystem(t)
  await system.serveOther()
  await system.keep()
  for (const day of [9, 16, 17, 20]) {
    await liveThrough(system, day, day + 1)
    await assertSame(t, system, `after day ${day}`)
  }
  await system.serveOther()
  await assertSame(t, system, 'when it is heard of again, before it is compacted')
  await system.keep()
  await assertSame(t, system, 'and after')
})

t.test('numbers of a run that overtook one another at midnight are believed', async (t) => {
  const system = await openSystem(t)
  const run = randomRun()
  for (const [instant, number] of [
    [0.9, 1],
    [1 - MINUTE_MS / DAY_MS, 3],
    [1 + MINUTE_MS / DAY_MS, 2],
    [1.5, 4],
    [10, 5],
    [17.5, 6],
  ] as const) {
    await system.goTo(instant)
    await system.serve({ run, number })
    await system.keep()
  }
  t.equal(await batchesIn(system.pool), 4, 'the first day was dropped')
  await assertSame(t, system, 'after the midnight')
  await system.pool.query(`update run_applied set applied = applied - '{[5,6)}'`)
  const { differences } = await verifyProjections(system.pool, DEFAULT_PROJECT)
  t.match(differences, [{ table: 'run_applied' }], 'numbers that came later are not believed')
})

t.test('what was not compacted during a long outage is not dropped', async (t) => {
  const system = await openSystem(t)
  await system.serve()
  await system.serveOther()
  await system.goTo(1)
  await system.serveOther()
  await system.goTo(30)
  await system.keepHouse()
  t.equal(await batchesIn(system.pool), 3, 'nothing is in the minutes yet')
  await system.keep()
  t.equal(await minutesIn(system.pool), 3)
  t.equal(await batchesIn(system.pool), 0, 'now it is')
  await assertSame(t, system, 'after the outage')
})

t.test(
  'a day is sealed while traffic goes on, and not before what waits is compacted',
  async (t) => {
    const system = await openSystem(t)
    const sealed = async () => (await verifySeals(system.pool, DEFAULT_PROJECT, 0 as EpochMs)).days
    await system.serve()
    await system.compact()
    await system.goTo(3.1)
    await system.serve()
    await system.keepHouse()
    t.equal(await sealed(), 0, 'the shard may still have batches of that day')
    await system.compact()
    await system.serve()
    await system.keepHouse()
    t.equal(await sealed(), 1, 'the newest batch waits, but what it is about is newer')
    await system.serveOther()
    await system.goTo(9)
    await system.keep()
    t.equal(await sealed(), 2, 'days without minutes have no seal')
  },
)
