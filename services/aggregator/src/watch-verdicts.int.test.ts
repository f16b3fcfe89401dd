// Goal: whoever reads the log sees every change of a verdict, whether anybody asked or not, and once
// however many aggregators look. Method: traffic and incidents come and go, and the watch looks.
import { DEFAULT_PROJECT } from '@portcullis/contracts'
import { DEFAULT_ALARM_RULES, DEFAULT_SLO_SETTINGS, guardParametersFrom } from '@portcullis/domain'
import {
  beat,
  createLiveViews,
  restoreOutbox,
  routeJudgementOf,
  verifyProjections,
} from '@portcullis/projections'
import { readConfig } from '@portcullis/runtime'
import { createDatabase, type TestScope } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t from 'tap'

import { batchOf, folderOn, SHARD } from './fixtures/shard.ts'
import { type VerdictWatchParts, watchVerdicts } from './watch-verdicts.ts'

const judgement = routeJudgementOf(DEFAULT_ALARM_RULES, DEFAULT_SLO_SETTINGS)

function watcherOn(pool: Pool, channels: readonly string[] = []): VerdictWatchParts {
  return {
    pool,
    project: DEFAULT_PROJECT,
    live: createLiveViews(pool, DEFAULT_PROJECT, judgement, { shardOf: () => 0 }),
    judgement,
    trust: { behindMs: 3_600_000, shardOf: () => SHARD, backlogMsOf: () => 0 },
    guard: guardParametersFrom(readConfig({ env: {} }).config.guard),
    channels,
  }
}

/** Looks, and returns how many changes were recorded. */
async function changesAt(watcher: VerdictWatchParts): Promise<number> {
  return (await watchVerdicts(watcher)).changed
}

async function recordedIn(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ outcome: string }>(
    `select data ->> 'outcome' as outcome from events where type = 'verdict.changed' order by position`,
  )
  return rows.map((row) => row.outcome)
}

async function watched(t: TestScope): Promise<Pool> {
  const { pool } = await createDatabase(t)
  await beat(pool, 'aggregator', '00000000-0000-4000-8000-000000000000')
  return pool
}

/** What nobody but a person can know of: no request is made of this service. */
const OPEN_ONE = `insert into incidents (service, environment, route, kind, severity, escalation_level)
  values ('silent', 'production', 'GET /', 'by_hand', 'critical', 2)`

const REOPEN_IT = `update incidents set status = 'open', escalation_level = 2`

t.test('a service that is silent passes again when its incident is resolved', async (t) => {
  const pool = await watched(t)
  const watcher = watcherOn(pool)
  t.equal(await changesAt(watcher), 0, 'nobody is heard of')
  await pool.query(OPEN_ONE)
  t.equal(await changesAt(watcher), 1)
  t.equal(await changesAt(watcher), 0, 'what stands is no news')
  await pool.query(`update incidents set status = 'resolved'`)
  t.equal(await changesAt(watcher), 1)
  t.equal(await changesAt(watcher), 0)
  t.strictSame(await recordedIn(pool), ['fail', 'pass'])
  t.strictSame((await verifyProjections(pool, DEFAULT_PROJECT)).differences, [])
})

t.test('a service whose requests fail is recorded without a question', async (t) => {
  const pool = await watched(t)
  const watcher = watcherOn(pool)
  const folder = folderOn(pool)
  await folder.fold([batchOf({ requests: 100 })])
  await watchVerdicts(watcher)
  await folder.fold([batchOf({ requests: 100, errors: 100 })])
  await watchVerdicts(watcher)
  t.strictSame(await recordedIn(pool), ['pass', 'fail'])
})

t.test('aggregators side by side record a change once', async (t) => {
  const pool = await watched(t)
  const watchers = [watcherOn(pool), watcherOn(pool)]
  const look = () => Promise.all(watchers.map(watchVerdicts))
  for (let round = 0; round < 4; round += 1) {
    await pool.query(round === 0 ? OPEN_ONE : REOPEN_IT)
    await look()
    await look()
    await pool.query(`update incidents set status = 'resolved'`)
    await look()
    await look()
  }
  const recorded = await recordedIn(pool)
  t.strictSame(recorded, Array.from({ length: 4 }, () => ['fail', 'pass']).flat())
})

t.test('what was seen before the last change is not recorded after it', async (t) => {
  const pool = await watched(t)
  const watcher = watcherOn(pool)
  await pool.query(OPEN_ONE)
  t.equal(await changesAt(watcher), 1)
  await pool.query(`update incidents set status = 'resolved'`)
  await pool.query(`update verdict_outcomes set as_of = as_of + interval '1 hour'`)
  t.equal(await changesAt(watcher), 0)
  await pool.query(`update verdict_outcomes set as_of = as_of - interval '1 hour'`)
  t.equal(await changesAt(watcher), 1)
})

t.test('those who hear of verdicts are told of a change, with what was before', async (t) => {
  const pool = await watched(t)
  const watcher = watcherOn(pool, ['webhook', 'webhook-3'])
  await pool.query(OPEN_ONE)
  const first = await watchVerdicts(watcher)
  t.equal(first.deliveries.length, 2)
  t.strictSame((await watchVerdicts(watcher)).deliveries, [], 'what stands is told once')
  await pool.query(`update incidents set status = 'resolved'`)
  const second = await watchVerdicts(watcher)
  const { rows } = await pool.query<{ id: string; channel: string; payload: object }>(
    `select notification_id as id, channel, payload from outbox
     order by (payload #>> '{data,position}')::int, channel`,
  )
  t.same(
    rows.map((row) => row.id),
    [...first.deliveries, ...second.deliveries],
  )
  const scope = { service: 'silent', environment: 'production' }
  const fails = { ...scope, outcome: 'fail', pass: false, reasons: ['incident_open'] }
  const passes = { ...scope, outcome: 'pass', pass: true, reasons: [] }
  const failed = { ...fails, previous: null }
  const passed = { ...passes, previous: { outcome: 'fail', pass: false } }
  t.match(rows, [
    { channel: 'webhook', payload: { type: 'verdict.changed', data: { verdict: failed } } },
    { channel: 'webhook-3', payload: { type: 'verdict.changed', data: { verdict: failed } } },
    { channel: 'webhook', payload: { type: 'verdict.changed', data: { verdict: passed } } },
    { channel: 'webhook-3', payload: { type: 'verdict.changed', data: { verdict: passed } } },
  ])
  await pool.query('delete from outbox')
  t.equal((await restoreOutbox(pool, DEFAULT_PROJECT)).length, 4)
  const restored = await pool.query<{ payload: object }>(
    `select payload from outbox order by (payload #>> '{data,position}')::int, channel`,
  )
  t.strictSame(
    restored.rows.map((row) => row.payload),
    rows.map((row) => row.payload),
    'lost rows are made again as they were',
  )
  t.strictSame((await verifyProjections(pool, DEFAULT_PROJECT)).differences, [])
})
