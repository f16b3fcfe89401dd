// needs: redis-server
// Goal: whatever was committed before a question arrived is in its answer, on every gateway. Method:
// while many ask both gateways without a break, batches and edits by SQL are committed; in the
// moment in which the database shows one, both gateways are asked, and must know it. Then looks are
// held up behind the heads that they have read: whoever asks meanwhile must not be given theirs.
// Seen to catch: a question that joins the look in flight.
import { waitFor } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t, { type Test } from 'tap'

import type { Gateway } from './system/gateway.ts'
import { askGuard, type GuardAnswer } from './system/guard.ts'
import { BACKENDS, startSystem, type System } from './system/start-system.ts'
import { batchOf, post, untilFolded } from './system/traffic.ts'

t.setTimeout(600_000)

const ROUNDS = 10
const ASKERS = 6
const STAGING = { environment: 'staging' }

const SIGHT = { what: 'answers that saw the store', timeoutMs: 120_000 }

/** Asks without a break until it is stopped, so that a look at the heads is always in flight. */
function keepAsking(gateways: readonly Gateway[]): () => Promise<void> {
  let stopped = false
  const asker = async (nth: number): Promise<void> => {
    while (!stopped) await askGuard(gateways[nth % gateways.length]!, { environment: `env-${nth}` })
  }
  const asking = Promise.all(Array.from({ length: ASKERS }, (_, nth) => asker(nth)))
  return async () => {
    stopped = true
    await asking
  }
}

/** Sends a batch, and returns in the moment in which the database shows it. */
async function commitBatch(pool: Pool, gateway: Gateway, route: string): Promise<void> {
  const batch = await post(gateway, batchOf({ service: 'shop', route, status: 503 }))
  const isCommitted = async () => {
    const { rowCount } = await pool.query('select from metric_batches where batch_id = $1', [
      batch.id,
    ])
    return rowCount === 1
  }
  await waitFor(isCommitted, { what: `the commit of ${route}`, pollMs: 1 })
}

/** Returns which of the answers name this for a route; undefined where one could not see the store. */
function naming(
  answers: readonly GuardAnswer[],
  { reason, route }: { reason: string; route: string },
): boolean[] | undefined {
  // A busy machine may take longer than a look may: that it cannot know is no older answer.
  if (answers.some(({ verdict }) => verdict.heads === null)) return undefined
  return answers.map(({ verdict }) =>
    verdict.violations.some((one) => one.route === route && one.reason === reason),
  )
}

async function batchesAreKnown(t: Test, { gateways, database }: System): Promise<void> {
  const stopAsking = keepAsking(gateways)
  for (let round = 0; round < ROUNDS; round += 1) {
    const route = `GET /round-${round}`
    await commitBatch(database.pool, gateways[round % 2]!, route)
    const named = { reason: 'hard_error_threshold', route }
    const known = await waitFor(
      async () => naming(await Promise.all(gateways.map((one) => askGuard(one))), named),
      SIGHT,
    )
    t.strictSame(known, [true, true], `round ${round} is in both answers`)
  }
  await stopAsking()
}

/** Opens an incident as somebody in psql does, and returns how it is edited. */
async function openBySql(
  pool: Pool,
  route: string,
): Promise<(status: 'open' | 'acknowledged') => Promise<unknown>> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into incidents (service, environment, incident_key, escalation_level)
     values ('shop', 'staging', $1, 1) returning id`,
    [`${route}::manual`],
  )
  return (status) =>
    pool.query(`update incidents set status = $2 where id = $1`, [rows[0]!.id, status])
}

async function editsAreKnown(t: Test, { gateways, database }: System): Promise<void> {
  const stopAsking = keepAsking(gateways)
  const edit = await openBySql(database.pool, 'GET /sql')
  const named = { reason: 'incident_open', route: 'GET /sql' }
  for (let round = 0; round < ROUNDS; round += 1) {
    const status = round % 2 === 0 ? 'acknowledged' : 'open'
    await edit(status)
    const known = await waitFor(
      async () => naming(await Promise.all(gateways.map((one) => askGuard(one, STAGING))), named),
      SIGHT,
    )
    const expected = status === 'open'
    t.strictSame(known, [expected, expected], `${status} in round ${round} is in both answers`)
  }
  await stopAsking()
}

/** Counts the looks that have read the heads, and cannot go on to the batches. */
async function looksInFlight(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ looks: number }>(
    `select count(*)::int as looks from pg_stat_activity
     where datname = current_database() and application_name = 'portcullis gateway'
       and wait_event_type = 'Lock' and query like '%from metric_batches%'`,
  )
  return rows[0]!.looks
}

/** Asks both gateways while both have a look in flight that began before `commit`. */
async function askDuringLooks(
  { gateways, database }: System,
  commit: () => Promise<unknown>,
): Promise<GuardAnswer[]> {
  const { pool } = database
  // Something to look at beyond the heads.
  await untilFolded(pool, [await post(gateways[0]!, batchOf({ service: 'shop' }))])
  const holder = await pool.connect()
  try {
    await holder.query('begin')
    await holder.query('lock table metric_batches in access exclusive mode')
    const before = gateways.map((gateway) => askGuard(gateway, STAGING))
    await waitFor(async () => (await looksInFlight(pool)) >= gateways.length, {
      what: 'a look in flight on each gateway',
    })
    await commit()
    const during = gateways.map((gateway) => askGuard(gateway, STAGING))
    // Sent after the questions, so that these have arrived as well.
    await Promise.all(gateways.map((gateway) => gateway.ask('/ops/live')))
    await holder.query('rollback')
    await Promise.all(before)
    return await Promise.all(during)
  } finally {
    await holder.query('rollback')
    holder.release()
  }
}

async function noLookIsJoined(t: Test, system: System): Promise<void> {
  const edit = await openBySql(system.database.pool, 'GET /joined')
  const named = { reason: 'incident_open', route: 'GET /joined' }
  for (let round = 0; round < 4; round += 1) {
    const known = await waitFor(async () => {
      await edit('acknowledged')
      return naming(await askDuringLooks(system, () => edit('open')), named)
    }, SIGHT)
    t.strictSame(known, [true, true], `the edit of round ${round} is in both answers`)
  }
}

async function headsAreNoOlder(t: Test, { gateways, database }: System): Promise<void> {
  const { rows } = await database.pool.query<{ log: number; metrics: number[] }>(
    `select (select position from log_heads)::float8 as log,
       (select array_agg(seq::float8 order by shard) from shard_heads) as metrics`,
  )
  const before = rows[0]!
  for (const gateway of gateways) {
    const { verdict, headers } = await askGuard(gateway)
    t.ok(verdict.heads!.log >= before.log)
    t.ok(verdict.heads!.metrics.every((seq, shard) => seq >= before.metrics[shard]!))
    t.equal(headers.get('x-portcullis-position'), String(verdict.position))
  }
}

for (const backend of BACKENDS) {
  t.test(`with queues in ${backend}`, async (t) => {
    const system = await startSystem(t, { backend, counts: { gateway: 2 } })
    await t.test('a committed batch is in every answer', (t) => batchesAreKnown(t, system))
    await t.test('a committed edit is in every answer', (t) => editsAreKnown(t, system))
    await t.test('a question joins no look in flight', (t) => noLookIsJoined(t, system))
    await t.test('an answer says from where it was read', (t) => headsAreNoOlder(t, system))
  })
}
