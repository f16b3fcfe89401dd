// needs: redis-server
// Goal: whatever was committed before a question arrived is in its answer, on every gateway. Method:
// while many ask both gateways without a break, batches and edits by SQL are committed; in the
// moment in which the database shows one, both gateways are asked, and must know it.
import { waitFor } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t, { type Test } from 'tap'

import type { Gateway } from './system/gateway.ts'
import { askGuard, type GuardAnswer } from './system/guard.ts'
import { BACKENDS, startSystem, type System } from './system/start-system.ts'
import { batchOf, post } from './system/traffic.ts'

t.setTimeout(300_000)

const ROUNDS = 25
const ASKERS = 6

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

function blames({ verdict }: GuardAnswer, route: string): boolean {
  return verdict.violations.some(
    (one) => one.route === route && one.reason === 'hard_error_threshold',
  )
}

async function batchesAreKnown(t: Test, { gateways, database }: System): Promise<void> {
  const stopAsking = keepAsking(gateways)
  for (let round = 0; round < ROUNDS; round += 1) {
    const route = `GET /round-${round}`
    await commitBatch(database.pool, gateways[round % 2]!, route)
    const answers = await Promise.all(gateways.map((gateway) => askGuard(gateway)))
    const known = answers.map((answer) => blames(answer, route))
    t.strictSame(known, [true, true], `round ${round} is in both answers`)
  }
  await stopAsking()
}

async function editsAreKnown(t: Test, { gateways, database }: System): Promise<void> {
  const stopAsking = keepAsking(gateways)
  const { rows } = await database.pool.query<{ id: string }>(
    `insert into incidents (service, environment, incident_key, escalation_level)
     values ('shop', 'staging', 'GET /sql::manual', 1) returning id`,
  )
  const id = rows[0]!.id
  for (let round = 0; round < ROUNDS; round += 1) {
    const status = round % 2 === 0 ? 'acknowledged' : 'open'
    await database.pool.query(`update incidents set status = $2 where id = $1`, [id, status])
    const answers = await Promise.all(
      gateways.map((gateway) => askGuard(gateway, { environment: 'staging' })),
    )
    const passes = answers.map(({ verdict }) => verdict.pass)
    const expected = status === 'acknowledged'
    t.strictSame(passes, [expected, expected], `${status} in round ${round} is in both answers`)
  }
  await stopAsking()
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
    await t.test('an answer says from where it was read', (t) => headsAreNoOlder(t, system))
  })
}
