// Goal: what a process holds in memory counts each batch once, whatever fails while it follows.
// Method: the tail of a shard gets a batch that cannot be read behind a good one, so that a look
// fails half-way; and the log cannot be read while the shards can.
import {
  DEFAULT_ENVIRONMENT,
  DEFAULT_PROJECT,
  type EpochMs,
  type GatewayRunId,
  type PrincipalId,
  type RouteName,
  type ServiceName,
  type VersionName,
} from '@portcullis/contracts'
import {
  DEFAULT_ALARM_RULES,
  DEFAULT_SLO_SETTINGS,
  foldObservations,
  packBatch,
} from '@portcullis/domain'
import { inTransaction } from '@portcullis/event-log'
import { createDatabase, waitFor } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t from 'tap'

import { appendBatches } from '../traffic/batches.ts'
import { saveBuckets } from '../traffic/bucket-rows.ts'
import { bucketRowOf, foldInto, type OpenBatch, type Windows } from '../traffic/windows.ts'
import { createLiveViews, type LiveView } from './live-view.ts'
import { routeJudgementOf } from './route-health.ts'

const SCOPE = { project: DEFAULT_PROJECT, shard: 3 }
const WHO = {
  service: 'shop' as ServiceName,
  environment: DEFAULT_ENVIRONMENT,
  version: '' as VersionName,
}
const judgement = routeJudgementOf(DEFAULT_ALARM_RULES, DEFAULT_SLO_SETTINGS)

/** Folds batches as an aggregator does; of a bad one the cells that are stored cannot be read. */
function aggregatorOf(pool: Pool) {
  const windows: Windows = new Map()
  let number = 0
  return async (
    batches: readonly { requests: number; isBad?: boolean; ageMs?: number }[],
  ): Promise<void> => {
    const now = Date.now() as EpochMs
    const stored = batches.map(({ requests, isBad = false, ageMs = 0 }) => {
      const at = (now - ageMs) as EpochMs
      const one = { route: 'GET /' as RouteName, status: 200, durationMs: 20, at }
      const cells = foldObservations(Array.from({ length: requests }, () => one))
      foldInto(windows, { ...WHO, cells } satisfies OpenBatch)
      return {
        ...WHO,
        owner: 'key_test' as PrincipalId,
        batchId: `batch-${(number += 1)}`,
        run: '01a20af4-a1a6-7afb-8fba-f43724ae0faf' as GatewayRunId,
        number,
        receivedAt: now,
        observations: requests,
        cells: isBad ? Buffer.from('garbage') : packBatch(cells),
      }
    })
    const starts = [...windows.values()].flatMap(({ window }) => [...window.buckets.keys()])
    const rows = starts.map((bucketStart) => bucketRowOf(windows, { ...WHO, bucketStart }))
    await inTransaction(pool, async (tx) => {
      await appendBatches(tx, SCOPE, stored)
      await saveBuckets(tx, SCOPE, rows)
    })
  }
}

function requestsIn(view: LiveView): number {
  let requests = 0
  for (const { window } of view.services()) {
    for (const bucket of window.buckets.keys()) {
      requests += bucketRowOf(new Map([['shop\nproduction', { ...WHO, window }]]), {
        ...WHO,
        bucketStart: bucket,
      }).observations
    }
  }
  return requests
}

t.test('a shard whose tail was folded by half is loaded anew', async (t) => {
  const { pool } = await createDatabase(t)
  const fold = aggregatorOf(pool)
  const live = createLiveViews(pool, DEFAULT_PROJECT, judgement, { shardOf: () => 0 })
  await fold([{ requests: 5 }])
  t.equal(requestsIn(await live.next()), 5)
  await fold([{ requests: 10 }, { requests: 20, isBad: true }])
  await t.rejects(live.next(), { message: /^batch 3: / })
  t.equal(requestsIn(await live.next()), 35)
  await fold([{ requests: 40 }])
  t.equal(requestsIn(await live.next()), 75)
})

t.test('while the log cannot be read, shards are followed by one look at a time', async (t) => {
  const { pool } = await createDatabase(t)
  const fold = aggregatorOf(pool)
  const live = createLiveViews(pool, DEFAULT_PROJECT, judgement, { shardOf: () => 0 })
  await fold([{ requests: 5 }])
  t.equal(requestsIn(await live.next()), 5)
  await pool.query('alter table incident_state rename to hidden')
  await pool.query('update log_heads set position = position + 1')
  for (let round = 0; round < 5; round += 1) {
    await fold([{ requests: 10 }])
    await Promise.all([1, 2, 3].map(() => t.rejects(live.next(), { code: '42P01' })))
  }
  await pool.query('alter table hidden rename to incident_state')
  t.equal(requestsIn(await live.next()), 55)
})

t.test('of two looks in flight the older one takes nothing back', async (t) => {
  const { pool } = await createDatabase(t)
  const fold = aggregatorOf(pool)
  const held = Promise.withResolvers<void>()
  let looks = 0
  const live = createLiveViews(
    holdingBack(pool, async () => {
      looks += 1
      if (looks === 2) await held.promise
    }),
    DEFAULT_PROJECT,
    judgement,
    { shardOf: () => 0 },
  )
  await fold([{ requests: 5 }])
  t.equal(requestsIn(await live.next()), 5)
  const older = live.next()
  await waitFor(() => looks === 2, { what: 'the look that is held back' })
  await fold([{ requests: 10 }])
  const newer = await live.next()
  t.equal(requestsIn(newer), 15)
  held.resolve()
  const late = await older
  t.equal(requestsIn(late), 15)
  t.strictSame(late.heads, newer.heads)
  await fold([{ requests: 20 }])
  t.equal(requestsIn(await live.next()), 35, 'and nothing is counted twice')
})

t.test('a view that needs a minute still knows who was heard of before it', async (t) => {
  const { pool } = await createDatabase(t)
  const fold = aggregatorOf(pool)
  const kept = { known: 90, whole: 7 }
  const following = createLiveViews(pool, DEFAULT_PROJECT, judgement, { shardOf: () => 0, kept })
  t.equal([...(await following.next()).services()].length, 0)
  await fold([{ requests: 5, ageMs: 300_000 }])
  for (const live of [
    following,
    createLiveViews(pool, DEFAULT_PROJECT, judgement, { shardOf: () => 0, kept }),
  ]) {
    const view = await live.next()
    t.equal([...view.services()].length, 1)
    t.equal(requestsIn(view), 0)
  }
  await fold([{ requests: 7 }])
  t.equal(requestsIn(await following.next()), 7)
})

/** A pool that calls back after each look at the heads, before its result is given on. */
function holdingBack(pool: Pool, afterLook: () => Promise<void>): Pool {
  const query = async (given: { name?: string }, ...rest: never[]): Promise<unknown> => {
    const result = await pool.query(given as never, ...rest)
    if (given.name === 'portcullis.heads') await afterLook()
    return result
  }
  return Object.assign(Object.create(pool) as Pool, { query, connect: () => pool.connect() })
}
