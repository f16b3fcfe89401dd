// What one shard promises: a batch counts once, whoever folds it and however often it comes; routes
// beyond the cap are counted as OTHER for good; alarms and incidents come with the batch that raised
// them. In the end every projection is what the log and the batches say.
import { DEFAULT_PROJECT, METRIC_SHARDS, type MetricBatchesMessage } from '@portcullis/contracts'
import { unpackBatch } from '@portcullis/domain'
import { verifyBatches, verifyChain } from '@portcullis/event-log'
import { compactMinutes, verifyProjections } from '@portcullis/projections'
import { createDatabase } from '@portcullis/testkit'
import fc from 'fast-check'
import type { Pool } from 'pg'
import t, { type Test } from 'tap'

import { createDatabaseOfAnyTime } from './fixtures/database-of-any-time.ts'
import { batchOf, folderOf, folderOn, observationsIn, SHARD } from './fixtures/shard.ts'
import { foldJobs } from './fold-jobs.ts'

async function assertVerified(t: Test, pool: Pool): Promise<void> {
  for (let shard = 0; shard < METRIC_SHARDS; shard += 1) {
    await compactMinutes(pool, DEFAULT_PROJECT, { shard, through: Infinity })
  }
  t.strictSame((await verifyProjections(pool, DEFAULT_PROJECT)).differences, [])
  t.equal((await verifyChain(pool, DEFAULT_PROJECT)).mismatch, null)
  t.equal((await verifyBatches(pool, DEFAULT_PROJECT)).mismatch, null)
}

t.test('a batch that is delivered again counts once', async (t) => {
  const { pool } = await createDatabase(t)
  const reused: string[] = []
  const folder = folderOn(pool, {}, reused)
  const batch = batchOf({ requests: 100 })
  await folder.fold([batch, batch])
  await folder.fold([batch])
  t.equal(await observationsIn(pool), 100)
  t.strictSame(reused, [])
  const { batchId } = batch
  await folder.fold([{ ...batchOf({ requests: 7 }), batchId, bodyHash: 'f'.repeat(64) }])
  t.equal(await observationsIn(pool), 100, 'the id stands for its first body')
  t.strictSame(reused, [batchId], 'and the other one is told of')
  await assertVerified(t, pool)
})

t.test('aggregators side by side fold the same shard, each batch once', async (t) => {
  const { pool } = await createDatabase(t)
  const folders = [folderOn(pool), folderOn(pool), folderOn(pool)]
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 30 }), fc.nat(2)), {
        minLength: 1,
        maxLength: 12,
      }),
      async (plan) => {
        const before = await observationsIn(pool)
        const batches = plan.map(([, requests]) =>
          batchOf({ requests, routes: ['GET /a', 'GET /b'] }),
        )
        await Promise.all(
          plan.flatMap(([first, , again], nth) => [
            folders[first]!.fold([batches[nth]!]),
            folders[again]!.fold([batches[nth]!]),
          ]),
        )
        const expected = plan.reduce((sum, [, requests]) => sum + requests, 0)
        t.equal((await observationsIn(pool)) - before, expected)
      },
    ),
    { numRuns: 15 },
  )
  await assertVerified(t, pool)
})

t.test('late batches mend their buckets and their minutes', async (t) => {
  const { pool } = await createDatabase(t)
  const folder = folderOn(pool)
  const now = Date.now()
  const ages = [0, 30_000, 115_000, 20 * 60_000, 70 * 60_000, 26 * 3_600_000, 20 * 60_000, 115_000]
  for (const age of ages) await folder.fold([batchOf({ requests: 10, at: now - age })])
  t.equal(await observationsIn(pool), 80)
  await assertVerified(t, pool)
})

t.test('a bucket that is forgotten is read again, also when the clock was set back', async (t) => {
  const { pool, goTo } = await createDatabaseOfAnyTime(t)
  const folder = folderOf(SHARD, pool)
  const at = Date.now()
  await goTo(at + 100_000)
  await folder.fold([batchOf({ requests: 10, at })])
  await goTo(at + 200_000)
  await folder.slide()
  await folder.fold([batchOf({ requests: 20, at })])
  await folder.fold([batchOf({ requests: 30, at: at + 190_000 })])
  await goTo(at + 400_000)
  await folder.slide()
  await goTo(at + 205_000)
  await folder.fold([batchOf({ requests: 40, at: at + 200_000 })])
  await folder.fold([batchOf({ requests: 50, at: at + 190_000 })])
  t.equal(await observationsIn(pool), 150)
  await assertVerified(t, pool)
})

t.test('routes beyond the cap are counted as OTHER, for good', async (t) => {
  const { pool } = await createDatabase(t)
  const folder = folderOn(pool, { routesPerService: 3 })
  const routes = ['GET /1', 'GET /2', 'GET /3', 'GET /4', 'GET /5']
  await folder.fold([batchOf({ requests: 50, routes })])
  // Another aggregator, with another cap: what is decided stays decided.
  await folderOn(pool, { routesPerService: 3 }).fold([
    batchOf({ requests: 10, routes: ['GET /4'] }),
  ])
  const { rows: known } = await pool.query<{ route: string }>('select route from routes order by 1')
  t.strictSame(
    known.map((row) => row.route),
    ['GET /1', 'GET /2', 'GET /3'],
  )
  const { rows } = await pool.query<{ cells: Buffer }>(
    'select cells from metric_batches order by seq',
  )
  const stored = rows.map(({ cells }) => {
    const unpacked = unpackBatch(cells)
    return 'cells' in unpacked ? [...unpacked.cells.values()].flatMap((one) => [...one.keys()]) : []
  })
  t.strictSame(stored, [['GET /1', 'GET /2', 'GET /3', 'OTHER'], ['OTHER']])
  t.equal(await observationsIn(pool), 60)
  await assertVerified(t, pool)
})

t.test(
  'versions beyond those that a day may bring are counted without one, for good',
  async (t) => {
    const { pool } = await createDatabase(t)
    const limits = { versionsPerDay: 2 }
    const versions = ['1.0', '', '1.1', '1.2', '1.0']
    await folderOn(pool, limits).fold(versions.map((version) => batchOf({ requests: 1, version })))
    // Another aggregator, which has only the log to know from.
    await folderOn(pool, limits).fold([
      batchOf({ requests: 1, version: '1.1' }),
      batchOf({ requests: 1, version: '1.3' }),
    ])
    const { rows } = await pool.query<{ version: string }>(
      'select version from metric_batches order by seq',
    )
    t.strictSame(
      rows.map((row) => row.version),
      ['1.0', '', '1.1', '', '1.0', '1.1', ''],
    )
    const releases = await pool.query('select release_version as version from releases order by 1')
    t.strictSame(releases.rows, [{ version: '1.0' }, { version: '1.1' }])
    t.equal(await observationsIn(pool), 7)
    await assertVerified(t, pool)
  },
)

t.test('an alarm, its incident, its timer and its notification come with the batch', async (t) => {
  const { pool } = await createDatabase(t)
  const folder = folderOn(pool)
  const deliveries = await folder.fold([batchOf({ requests: 10, errors: 5, version: '2.0' })])
  t.equal(deliveries.length, 2, 'error_rate and slo_violation are told')
  const { rows: incidents } = await pool.query(
    'select kind, status, severity, escalation_level from incidents order by kind',
  )
  t.strictSame(incidents, [
    { kind: 'error_rate', status: 'open', severity: 'critical', escalation_level: 0 },
    { kind: 'slo_violation', status: 'open', severity: 'critical', escalation_level: 0 },
  ])
  const counts = await pool.query(
    `select (select count(*)::int from timers) as timers, (select count(*)::int from outbox) as outbox,
       (select count(*)::int from releases) as releases`,
  )
  t.strictSame(counts.rows, [{ timers: 2, outbox: 2, releases: 1 }])
  await folder.fold([batchOf({ requests: 10, errors: 5 })])
  await folder.slide()
  const { rows } = await pool.query(`select count(*)::int as events from events`)
  t.equal(rows[0].events, 5, 'an alarm that stands is no news')
  await assertVerified(t, pool)
})

t.test('an incident that somebody holds open delays only itself', async (t) => {
  const { pool } = await createDatabase(t)
  const folder = folderOn(pool)
  await folder.fold([batchOf({ requests: 10, errors: 10 })])
  const session = await pool.connect()
  await session.query('begin')
  await session.query(`update incidents set owner = 'ann' where kind = 'error_rate'`)
  await folder.fold([batchOf({ requests: 10, errors: 10, routes: ['GET /other'] })])
  t.equal(await observationsIn(pool), 20, 'batches go on')
  await session.query('commit')
  session.release()
  await assertVerified(t, pool)
})

t.test('one bad batch of a job spoils no other, and the job says what is wrong', async (t) => {
  const { pool } = await createDatabase(t)
  const folder = folderOn(pool)
  const good = batchOf({ requests: 10 })
  const bad = { ...batchOf({ requests: 10 }), cells: Buffer.from('garbage').toString('base64') }
  const invalid = { ...batchOf({ requests: 1 }), service: '' }
  const kept: unknown[] = []
  const job = {
    jobId: 'batch-1',
    message: { v: 1 as const, batches: [good, bad, invalid, batchOf({ requests: 5 })] },
    addedAt: good.receivedAt,
    startedBefore: 0,
    replace: async (message: MetricBatchesMessage) => void kept.push(...message.batches),
  }
  await t.rejects(foldJobs(folder, [job]), {
    message: /^batch 1: the cells cannot be read.*; batch 2: the batch is not valid/su,
  })
  t.equal(await observationsIn(pool), 15)
  t.strictSame(kept, [bad, invalid], 'the job keeps what is not folded')
  await t.rejects(foldJobs(folder, [job]), { message: /^batch 1/u })
  t.equal(await observationsIn(pool), 15, 'run again, it finds the good ones folded')
  await assertVerified(t, pool)
})
