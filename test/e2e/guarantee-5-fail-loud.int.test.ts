// needs: redis-server
// Goal: what cannot be known is never called healthy, and all recovers by itself. Method: each part
// that a verdict depends on is taken away in turn: the aggregators, Postgres, Redis, the fold of one
// batch; the guard must say `stale_data` with 503 and readiness must say why, until the part is back.
// Seen to catch: parked batches that a verdict leaves out, and a guard that calls an empty view healthy
// while the store is away.
import { requestMetricsQueue } from '@portcullis/contracts'
import { waitFor } from '@portcullis/testkit'
import t, { type Test } from 'tap'

import type { Gateway } from './system/gateway.ts'
import { askGuard, staleCausesOf } from './system/guard.ts'
import { queuesOf } from './system/queues-of.ts'
import { runPortcullis } from './system/run-portcullis.ts'
import { BACKENDS, startSystem, type System } from './system/start-system.ts'
import { batchOf, post, postUntilAccepted, send, untilFolded } from './system/traffic.ts'

t.setTimeout(600_000)

/** Shorter than the default of 10 s, longer than two heartbeats. */
const BEHIND_MS = 5_000
const SEEN_WITHIN_MS = 30_000

/** Waits until the guard blocks because of `cause`; 503 and `undecided` must come with it. */
async function untilStale(t: Test, gateway: Gateway, cause: string, query = {}): Promise<void> {
  const answer = await waitFor(
    async () => {
      const asked = await askGuard(gateway, query)
      return staleCausesOf(asked).includes(cause) && asked
    },
    { what: `stale_data for ${cause}`, timeoutMs: SEEN_WITHIN_MS, pollMs: 50 },
  )
  t.equal(answer.status, 503)
  t.equal(answer.verdict.pass, false)
  t.ok(answer.headers.get('retry-after'))
}

async function untilPassing(gateway: Gateway, query = {}): Promise<void> {
  const isPassing = async (): Promise<boolean> => {
    const { status, body } = await askGuard(gateway, query)
    // The cause that is shown when it never passes.
    if (status !== 200) throw new Error(JSON.stringify(body))
    return true
  }
  await waitFor(isPassing, {
    what: 'a guard that passes again',
    timeoutMs: SEEN_WITHIN_MS,
    pollMs: 50,
  })
}

/** Readiness as an orchestrator sees it: 503 with a reason about `part`. */
async function untilNotReady(gateway: Gateway, part: string): Promise<void> {
  const isNotReady = async () => {
    const { status, body } = await gateway.ask('/ops/ready')
    const { reasons } = body as { reasons: string[] }
    return status === 503 && reasons.some((reason) => reason.startsWith(part))
  }
  await waitFor(isNotReady, { what: `/ops/ready naming ${part}`, timeoutMs: SEEN_WITHIN_MS })
}

async function withoutAggregators(t: Test, { gateways, aggregators }: System): Promise<void> {
  const [gateway] = gateways
  await aggregators[0]!.kill()
  await untilStale(t, gateway!, 'no_aggregator')
  await untilNotReady(gateway!, 'aggregator')
  await aggregators[0]!.start()
  await untilPassing(gateway!)
}

async function withoutPostgres(t: Test, { gateways, postgres }: System): Promise<void> {
  const [gateway] = gateways
  await postgres!.stop()
  const atOnce = await askGuard(gateway!)
  t.strictSame(
    [atOnce.status, atOnce.verdict.pass],
    [503, false],
    'the first answer blocks already',
  )
  await untilStale(t, gateway!, 'store_unavailable')
  await untilNotReady(gateway!, 'postgres')
  const refused = await send(gateway!, batchOf({ service: 'shop' }))
  t.equal(refused.status, 503, 'what cannot be kept is not accepted')
  await gateway!.process.kill()
  await gateway!.process.start()
  await untilStale(t, gateway!, 'store_unavailable')
  await untilNotReady(gateway!, 'postgres')
  await postgres!.start()
  await untilPassing(gateway!)
}

async function withoutRedis(t: Test, { gateways, redis }: System): Promise<void> {
  const [gateway] = gateways
  redis!.pause()
  await untilStale(t, gateway!, 'behind')
  await untilNotReady(gateway!, 'queue')
  t.equal((await send(gateway!, batchOf({ service: 'shop' }))).status, 503)
  redis!.resume()
  await untilPassing(gateway!)
}

async function heldFold(t: Test, { gateways, database }: System): Promise<void> {
  const [gateway] = gateways
  const holder = await database.pool.connect()
  await holder.query('begin')
  await holder.query('select from shard_heads for update')
  const batch = await post(gateway!, batchOf({ service: 'shop' }))
  await untilStale(t, gateway!, 'behind')
  await holder.query('rollback')
  holder.release()
  await untilFolded(database.pool, [batch])
  await untilPassing(gateway!)
}

/** Somebody's broken copy of a job: it has the shape of one, and its cells cannot be read. */
const POISON = {
  v: 1,
  batches: [
    {
      v: 1,
      project: 'default',
      shard: 0,
      run: '01a20af4-a1a6-7afb-8fba-f43724ae0faf',
      number: 1,
      owner: 'key_somebody',
      batchId: 'poison',
      bodyHash: '0'.repeat(64),
      answer: { batch_id: 'poison', accepted: 1, rejected: [] },
      service: 'billing',
      environment: 'production',
      version: '',
      receivedAt: 1_795_000_000_000,
      observations: 1,
      cells: 'AAAA',
    },
  ],
}

async function parkedBatch(t: Test, system: System): Promise<void> {
  const { gateways, database } = system
  const [gateway] = gateways
  const queues = queuesOf(t, system)
  const batch = await postUntilAccepted(gateways, batchOf({ service: 'billing' }))
  await untilFolded(database.pool, [batch])
  await waitFor(
    () => queues.queue(requestMetricsQueue(0)).add('batch', POISON, { jobId: 'poison-1' }),
    { what: 'a poisoned job' },
  )
  await untilStale(t, gateway!, 'parked_batch', { service: 'billing' })
  await untilPassing(gateway!, { service: 'shop' })
  const { out } = await runPortcullis(system, 'queues', 'parked')
  t.match(out, /poison-1 .*billing/u, 'an operator sees it')
  const { code } = await runPortcullis(system, 'queues', 'discard', 'poison-1')
  t.equal(code, 0, 'and gives it up')
  await untilPassing(gateway!, { service: 'billing' })
}

for (const backend of BACKENDS) {
  t.test(`with queues in ${backend}`, async (t) => {
    const env = { PORTCULLIS_BEHIND_MS: String(BEHIND_MS) }
    const system = await startSystem(t, { backend, ownPostgres: true, env })
    await postUntilAccepted(system.gateways, batchOf({ service: 'shop' }))
    await untilPassing(system.gateways[0]!)
    await t.test('nobody folds', (t) => withoutAggregators(t, system))
    await t.test('a batch waits too long', (t) => heldFold(t, system))
    await t.test('a batch is parked: its own service is stale', (t) => parkedBatch(t, system))
    await t.test('Postgres is away', (t) => withoutPostgres(t, system))
    if (backend === 'redis') await t.test('Redis is away', (t) => withoutRedis(t, system))
  })
}
