// needs: redis-server
// Goal: everything has a limit, and past it a caller is told 413, 429 or 503 and when to come back.
// Method: limits are set low, and a caller goes past each: queues without anybody who works them off,
// bodies, routes, requests a minute, and a receiver that never takes a webhook. What all this leaves
// in memory after a while is for the bench `memory` to say: a test is too short to see a leak.
// Seen to catch: a depth that is not compared with its limit, a body that is unpacked without one,
// routes that only the project caps, retries without an end, and a rate limit that lets all pass.
import { gzipSync } from 'node:zlib'

import { waitFor } from '@portcullis/testkit'
import t, { type Test } from 'tap'

import { assertCountedOnce, eventsOf } from './system/exactly-once.ts'
import type { Answer } from './system/gateway.ts'
import { BACKENDS, startSystem, type System, TOKEN } from './system/start-system.ts'
import { type Batch, batchOf, postUntilAccepted, send, untilFolded } from './system/traffic.ts'

t.setTimeout(600_000)

const DEPTH_MAX = 15
const BODY_BYTES_MAX = 64 * 1_024
const ROUTES_MAX = 20
const READS_PER_MINUTE = 300

const ENV = {
  PORTCULLIS_QUEUE_DEPTH_MAX: String(DEPTH_MAX),
  PORTCULLIS_BODY_BYTES_MAX: String(BODY_BYTES_MAX),
  PORTCULLIS_ROUTES_PER_SERVICE_MAX: String(ROUTES_MAX),
  PORTCULLIS_READS_PER_MINUTE: String(READS_PER_MINUTE),
}

function codeOf({ body }: Answer): unknown {
  return (body as { code?: unknown }).code
}

async function fullQueue(t: Test, { gateways, aggregators, database }: System): Promise<void> {
  const [gateway] = gateways
  await aggregators[0]!.stop()
  const taken: Batch[] = []
  const refused = await waitFor(
    async () => {
      const batch = batchOf({ service: 'shop' })
      const answer = await send(gateway!, batch)
      if (answer.status === 202) taken.push(batch)
      return answer.status !== 202 && answer
    },
    { what: 'a refusal', timeoutMs: 60_000 },
  )
  t.equal(refused.status, 503)
  t.equal(codeOf(refused), 'QUEUE_FULL')
  t.ok(Number(refused.headers.get('retry-after')) > 0)
  t.ok(taken.length >= DEPTH_MAX, `${taken.length} were taken before`)
  await aggregators[0]!.start()
  await assertCountedOnce(t, database.pool, taken)
  const isTakenAgain = async () =>
    (await send(gateway!, batchOf({ service: 'again' }))).status < 300
  await waitFor(isTakenAgain, { what: 'an acceptance', timeoutMs: 30_000 })
}

async function largeBodies(t: Test, { gateways }: System): Promise<void> {
  const [gateway] = gateways
  const large = await send(gateway!, batchOf({ service: 'shop', count: 2_000 }))
  t.strictSame([large.status, codeOf(large)], [413, 'BODY_TOO_LARGE'])
  const bomb = await fetch(`${gateway!.url}/v1/request-metrics`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    },
    body: gzipSync(Buffer.alloc(32 * 1_024 * 1_024, ' ')),
  })
  t.equal(bomb.status, 413, 'what a small body unpacks to counts')
}

async function manyRoutes(t: Test, { gateways, database }: System): Promise<void> {
  const [gateway] = gateways
  const batches: Batch[] = []
  for (let nth = 0; nth < ROUTES_MAX * 3; nth += 1) {
    const batch = batchOf({ service: 'wide', route: `GET /${nth}`, count: 1 })
    batches.push(await postUntilAccepted(gateways, batch))
  }
  await untilFolded(database.pool, batches)
  const { rows } = await database.pool.query("select from routes where service = 'wide'")
  t.equal(rows.length, ROUTES_MAX)
  const { body } = await gateway!.ask('/ops/metrics?service=wide')
  const { routes } = body as { routes: { route: string; windows: { '15m': { count: number } } }[] }
  const other = routes.find(({ route }) => route === 'OTHER')
  t.equal(other?.windows['15m'].count, ROUTES_MAX * 2, 'the rest is counted as OTHER')
}

async function manyQuestions(t: Test, { gateways }: System): Promise<void> {
  const answers = await Promise.all(
    Array.from({ length: READS_PER_MINUTE + 10 }, () => gateways[0]!.ask('/ops/slo')),
  )
  const refused = answers.filter(({ status }) => status === 429)
  t.ok(refused.length >= 10)
  t.ok(refused.every(({ headers }) => Number(headers.get('retry-after')) > 0))
}

async function giveUp(t: Test, { gateways, receiver, database, log }: System): Promise<void> {
  log.announce(/a delivery was given up/u)
  receiver.answerWith(() => ({ status: 500 }))
  await gateways[0]!.ask('/ops/incidents', {
    method: 'POST',
    body: { service: 'shop', route: 'GET /unheard' },
  })
  const failed = () =>
    eventsOf<{ attempts: number; reason: string }>(database.pool, 'notification.failed')
  const given = await waitFor(
    async () => {
      // The days of the schedule go by.
      await database.pool.query(
        `update outbox set next_attempt_at = clock_timestamp() - interval '1 second'
         where next_attempt_at > clock_timestamp() and last_error is not null`,
      )
      const events = await failed()
      return events.length > 0 && events
    },
    { what: 'the end of the retries', timeoutMs: 120_000, pollMs: 500 },
  )
  t.equal(given.length, 1)
  t.match(given[0]?.data, { attempts: 10 })
}

for (const backend of BACKENDS) {
  t.test(`with queues in ${backend}`, async (t) => {
    const system = await startSystem(t, { backend, env: ENV })
    await t.test('a full queue takes no more, and loses nothing', (t) => fullQueue(t, system))
    await t.test('a large body is refused', (t) => largeBodies(t, system))
    await t.test('routes beyond the limit are counted together', (t) => manyRoutes(t, system))
    await t.test('a delivery is given up at last', (t) => giveUp(t, system))
    await t.test('too many questions are refused', (t) => manyQuestions(t, system))
  })
}
