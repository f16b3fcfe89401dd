// needs: redis-server
import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'

import {
  METRIC_SHARDS,
  MetricBatchesMessage,
  MetricBatchMessage,
  requestMetricsQueue,
} from '@portcullis/contracts'
import { unpackBatch } from '@portcullis/domain'
import { claimMessages } from '@portcullis/event-log'
import { queueBackends, startRedis, waitFor, type TestScope } from '@portcullis/testkit'
import type { InjectOptions } from 'fastify'
import t from 'tap'

import {
  startTestGateway,
  TEST_TOKEN,
  type TestGateway,
  type TestGatewayOptions,
} from '../../fixtures/start-test-gateway.ts'

const OBSERVATION = { route: 'GET /projects/:id', status: 200, duration_ms: 12.5 }
const BATCH = { service: 'shop', observations: [OBSERVATION] }

type Headers = Record<string, string>

function post({ gateway }: TestGateway, payload: unknown, headers: Headers = {}, query = '') {
  const options: InjectOptions = {
    method: 'POST',
    url: `/v1/request-metrics${query}`,
    headers: {
      authorization: `Bearer ${TEST_TOKEN}`,
      'content-type': 'application/json',
      ...headers,
    },
    payload:
      typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload),
  }
  return gateway.inject(options)
}

/** All messages that wait in the metric queues, parsed as the aggregator would. */
async function queued({ queues }: TestGateway): Promise<MetricBatchMessage[]> {
  const names = Array.from({ length: METRIC_SHARDS }, (_, shard) => requestMetricsQueue(shard))
  const jobs = await Promise.all(names.map((name) => queues.queue(name).getJobs(['waiting'])))
  return jobs
    .flat()
    .flatMap((job) => MetricBatchesMessage.parse(job.data).batches)
    .map((batch) => MetricBatchMessage.parse(batch))
}

for (const backend of queueBackends) {
  const start = async (t: TestScope, options: TestGatewayOptions = {}): Promise<TestGateway> =>
    startTestGateway(t, { ...options, queueConnection: await backend.start(t) })

  t.test(
    `queues in ${backend.name}: a batch is queued folded, and answered with 202`,
    async (t) => {
      const gateway = await start(t)
      const answer = await post(gateway, {
        ...BATCH,
        environment: 'staging',
        version: '1.4.2',
        observations: [OBSERVATION, { ...OBSERVATION, status: 7 }, OBSERVATION],
      })
      t.equal(answer.statusCode, 202)
      const body = answer.json<{ batch_id: string }>()
      t.match(body, { batch_id: /^[0-9a-f-]{36}$/u, accepted: 2, rejected: [{ index: 1 }] })
      const [message] = await queued(gateway)
      t.match(message, {
        number: 1,
        owner: 'first-admin',
        batchId: body.batch_id,
        answer: body,
        service: 'shop',
        environment: 'staging',
        version: '1.4.2',
        observations: 2,
      })
      const unpacked = unpackBatch(Buffer.from(message?.cells ?? '', 'base64'))
      t.ok('cells' in unpacked)
    },
  )

  t.test(`queues in ${backend.name}: a batch that is sent again is known again`, async (t) => {
    const gateway = await start(t)
    const batch = { ...BATCH, batch_id: randomUUID() }
    const first = await post(gateway, batch)
    t.equal(first.statusCode, 202)
    const again = await post(gateway, batch)
    t.equal(again.statusCode, 200)
    t.strictSame(again.json(), first.json())
    const other = await post(gateway, { ...batch, version: '2' })
    t.equal(other.statusCode, 422)
    t.match(other.json(), { code: 'IDEMPOTENCY_KEY_REUSED' })
    t.equal((await queued(gateway)).length, 1)
  })

  t.test(
    `queues in ${backend.name}: a batch that is sent twice at once is queued once`,
    async (t) => {
      const gateway = await start(t)
      const headers = { 'idempotency-key': 'the-same' }
      const answers = await Promise.all([1, 2, 3].map(() => post(gateway, BATCH, headers)))
      t.strictSame(answers.map(({ statusCode }) => statusCode).toSorted(), [200, 200, 202])
      t.equal((await queued(gateway)).length, 1)
    },
  )

  t.test(`queues in ${backend.name}: a queue that is full is told with 503`, async (t) => {
    const gateway = await start(t, { env: { PORTCULLIS_QUEUE_DEPTH_MAX: '2' } })
    const full = await waitFor(
      async () => {
        const answer = await post(gateway, BATCH)
        return answer.statusCode === 503 ? answer : undefined
      },
      { what: 'the answer of a full queue' },
    )
    t.match(full.json(), { code: 'QUEUE_FULL' })
    t.ok(Number(full.headers['retry-after']) >= 1)
  })
}

t.test('a batch without an id that is sent twice counts twice', async (t) => {
  const gateway = await startTestGateway(t)
  t.equal((await post(gateway, BATCH)).statusCode, 202)
  t.equal((await post(gateway, BATCH)).statusCode, 202)
  t.strictSame((await queued(gateway)).map(({ number }) => number).toSorted(), [1, 2])
})

t.test('a batch that another gateway took in is known from the inbox', async (t) => {
  const gateway = await startTestGateway(t)
  const answer = { batch_id: 'b-1', accepted: 1, rejected: [] }
  const { createHash } = await import('node:crypto')
  const payload = JSON.stringify({ ...BATCH, batch_id: 'b-1' })
  const bodyHash = createHash('sha256').update(payload).digest('hex')
  const now = Date.now() as never
  const messages = [{ messageId: 'first-admin:b-1', bodyHash, answer }]
  await claimMessages(gateway.pool, 'default' as never, messages, now)
  const again = await post(gateway, payload)
  t.equal(again.statusCode, 200)
  t.strictSame(again.json(), answer)
  t.equal((await post(gateway, { ...BATCH, batch_id: 'b-1', version: 'x' })).statusCode, 422)
})

t.test('a body may come as gzip, and a bomb is refused before it unpacks', async (t) => {
  const gateway = await startTestGateway(t, { env: { PORTCULLIS_BODY_BYTES_MAX: '100000' } })
  const gzip = { 'content-encoding': 'gzip' }
  t.equal((await post(gateway, gzipSync(JSON.stringify(BATCH)), gzip)).statusCode, 202)
  const bomb = await post(gateway, gzipSync(Buffer.alloc(50_000_000)), gzip)
  t.equal(bomb.statusCode, 413)
  t.match(bomb.json(), { code: 'BODY_TOO_LARGE', limit_bytes: 100_000 })
  const torn = await post(gateway, gzipSync(JSON.stringify(BATCH)).subarray(0, 20), gzip)
  t.equal(torn.statusCode, 400)
  t.match(torn.json(), { code: 'MALFORMED_BODY', detail: 'the body is not gzip' })
  const unknown = await post(gateway, JSON.stringify(BATCH), { 'content-encoding': 'br' })
  t.equal(unknown.statusCode, 415)
  t.equal(unknown.headers['accept-encoding'], 'gzip')
})

t.test('lines of NDJSON are observations, and the query is the batch’s header', async (t) => {
  const gateway = await startTestGateway(t)
  const ndjson = { 'content-type': 'application/x-ndjson' }
  const lines = [JSON.stringify(OBSERVATION), 'no json', JSON.stringify(OBSERVATION), ''].join('\n')
  const query = `?service=shop&version=2&batch_id=b-1&sent_at=${Date.now()}`
  const answer = await post(gateway, lines, ndjson, query)
  t.equal(answer.statusCode, 202)
  t.match(answer.json(), {
    batch_id: 'b-1',
    accepted: 2,
    rejected: [{ index: 1, error: 'the line is not JSON' }],
  })
  t.match(await queued(gateway), [{ service: 'shop', version: '2', environment: 'production' }])
  t.equal((await post(gateway, lines, ndjson, query)).statusCode, 200)
  const elsewhere = await post(gateway, lines, ndjson, query.replace('shop', 'till'))
  t.equal(elsewhere.statusCode, 422, 'the header belongs to what the id stands for')
  const nameless = await post(gateway, lines, ndjson, '?sent_at=soon&x=1')
  t.equal(nameless.statusCode, 400)
  t.match(nameless.json(), { code: 'INVALID_PARAMETER' })
  const fields = nameless.json<{ errors: { field: string }[] }>().errors.map(({ field }) => field)
  t.strictSame(fields.toSorted(), ['sent_at', 'service', 'x'])
})

t.test('a sender that aggregates itself sends buckets', async (t) => {
  const gateway = await startTestGateway(t)
  const bucket = {
    route: 'GET /a',
    start: Date.now(),
    statuses: { 200: 9, 503: 1 },
    latency: { bins: [[346, 10]], sum_us: 10_000, min_us: 1_000, max_us: 1_000 },
  }
  const answer = await post(gateway, { service: 'shop', buckets: [bucket, { route: 'x' }] })
  t.equal(answer.statusCode, 202)
  t.match(answer.json(), { accepted: 1, rejected: [{ index: 1 }] })
  t.match(await queued(gateway), [{ observations: 10 }])
})

t.test('a clock that is wrong is corrected, and its sender told by how much', async (t) => {
  const gateway = await startTestGateway(t)
  const hour = 3_600_000
  const at = new Date(Date.now() - hour).toISOString()
  const late = { ...BATCH, observations: [{ ...OBSERVATION, at }], sent_at: at }
  const answer = await post(gateway, late)
  t.equal(answer.statusCode, 202)
  const { skew_ms: skewMs } = answer.json<{ skew_ms: number }>()
  t.ok(Math.abs(skewMs - hour) < 2_000, `${skewMs}`)
  const good = await post(gateway, { ...BATCH, sent_at: Date.now() })
  t.equal(good.json<{ skew_ms?: number }>().skew_ms, undefined)
  // The body of a retry is as old as the first attempt: the header tells the clock of this one.
  const retried = await post(gateway, late, { 'x-portcullis-sent-at': String(Date.now()) })
  t.equal(retried.json<{ skew_ms?: number }>().skew_ms, undefined)
})

t.test('what cannot be a batch is refused with field and fix, and nothing is queued', async (t) => {
  const gateway = await startTestGateway(t)
  const table: [unknown, number, string, string?][] = [
    [[], 400, 'INVALID_BODY', ''],
    [7, 400, 'INVALID_BODY', ''],
    ['', 400, 'MALFORMED_BODY'],
    ['{', 400, 'MALFORMED_BODY'],
    [{ observations: [OBSERVATION] }, 400, 'INVALID_BODY', '/service'],
    [{ ...BATCH, service: '' }, 400, 'INVALID_BODY', '/service'],
    [{ ...BATCH, service: 'a\u0000b' }, 400, 'INVALID_BODY', '/service'],
    [{ ...BATCH, service: 'x'.repeat(129) }, 400, 'INVALID_BODY', '/service'],
    [{ ...BATCH, service: ['shop'] }, 400, 'INVALID_BODY', '/service'],
    [{ ...BATCH, environment: 7 }, 400, 'INVALID_BODY', '/environment'],
    [{ ...BATCH, version: 'x'.repeat(129) }, 400, 'INVALID_BODY', '/version'],
    [{ ...BATCH, batch_id: '' }, 400, 'INVALID_BODY', '/batch_id'],
    [{ ...BATCH, batch_id: 'a\u0000' }, 400, 'INVALID_BODY', '/batch_id'],
    [{ ...BATCH, sent_at: 'now' }, 400, 'INVALID_BODY', '/sent_at'],
    [{ ...BATCH, more: 1 }, 400, 'INVALID_BODY', '/more'],
    [{ ...BATCH, buckets: [] }, 400, 'INVALID_BODY', '/buckets'],
    [{ service: 'shop' }, 400, 'INVALID_BODY', '/observations'],
    [{ service: 'shop', observations: {} }, 400, 'INVALID_BODY', '/observations'],
    [{ service: 'shop', observations: [] }, 400, 'NOTHING_USABLE'],
    [{ service: 'shop', observations: [{}] }, 400, 'NOTHING_USABLE', '/0'],
  ]
  for (const [payload, status, code, field] of table) {
    const answer = await post(gateway, payload)
    const name = JSON.stringify(payload).slice(0, 80)
    t.equal(answer.statusCode, status, name)
    t.match(answer.json(), { code, fix: /\S/u }, name)
    if (field !== undefined) t.match(answer.json(), { errors: [{ field, fix: /\S/u }] }, name)
  }
  const query = await post(gateway, BATCH, {}, '?service=shop')
  t.match(query.json(), { code: 'INVALID_PARAMETER', errors: [{ field: 'service' }] })
  const key = await post(gateway, BATCH, { 'idempotency-key': 'x'.repeat(129) })
  t.match(key.json(), { code: 'INVALID_PARAMETER', errors: [{ field: 'Idempotency-Key' }] })
  const clock = await post(gateway, BATCH, { 'x-portcullis-sent-at': 'soon' })
  t.match(clock.json(), { code: 'INVALID_PARAMETER', errors: [{ field: 'X-Portcullis-Sent-At' }] })
  t.strictSame(await queued(gateway), [])
})

t.test(
  'an answer lists the first thousand that were rejected, and how many there were',
  async (t) => {
    const gateway = await startTestGateway(t)
    const observations = [OBSERVATION, ...Array.from({ length: 5_000 }, () => 1)]
    const answer = await post(gateway, { service: 'shop', observations })
    t.equal(answer.statusCode, 202)
    const body = answer.json<{ rejected: unknown[]; rejected_total: number }>()
    t.equal(body.rejected.length, 1_000)
    t.equal(body.rejected_total, 5_000)
  },
)

t.test('ten thousand routes are a batch like any other', async (t) => {
  const gateway = await startTestGateway(t)
  const observations = Array.from({ length: 10_000 }, (_, n) => ({
    ...OBSERVATION,
    route: `GET /${n}`,
  }))
  const answer = await post(gateway, { service: 'shop', observations })
  t.equal(answer.statusCode, 202)
  t.match(answer.json(), { accepted: 10_000, rejected: [] })
})

t.test('while there is no room on the disk nothing is taken in', async (t) => {
  const { problem } = await import('../../problem/problem.ts')
  const gateway = await startTestGateway(t, {
    requireRoom: () => {
      throw problem('DISK_NEARLY_FULL', { retryAfterSeconds: 30 })
    },
  })
  const answer = await post(gateway, BATCH)
  t.equal(answer.statusCode, 503)
  t.equal(answer.headers['retry-after'], '30')
})

t.test('a sender beyond its limit is told when to come again', async (t) => {
  const gateway = await startTestGateway(t, { env: { PORTCULLIS_INGEST_PER_MINUTE: '2' } })
  const answers = [
    await post(gateway, BATCH),
    await post(gateway, BATCH),
    await post(gateway, BATCH),
  ]
  t.strictSame(
    answers.map(({ statusCode }) => statusCode),
    [202, 202, 429],
  )
  t.match(answers[2]?.json(), { code: 'RATE_LIMIT_EXCEEDED' })
  t.ok(Number(answers[2]?.headers['retry-after']) > 0)
})

t.test('what Redis holds is in the ledger before it is answered', async (t) => {
  const redis = await startRedis(t)
  const gateway = await startTestGateway(t, { queueConnection: { kind: 'redis', url: redis.url } })
  const answers = await Promise.all([1, 2, 3].map(() => post(gateway, BATCH)))
  t.strictSame(
    answers.map(({ statusCode }) => statusCode),
    [202, 202, 202],
  )
  const { rows } = await gateway.pool.query(
    'select max(accepted_to)::int as accepted_to from gateway_ledger where run_id = $1',
    [gateway.ledger.run],
  )
  t.strictSame(rows, [{ accepted_to: 3 }])
})

t.test('numbers that were queued are in the ledger', async (t) => {
  const gateway = await startTestGateway(t)
  for (let n = 0; n < 3; n += 1) await post(gateway, BATCH)
  await gateway.ledger.write()
  const { rows } = await gateway.pool.query(
    'select run_id, accepted_to::int, voided::text from gateway_ledger',
  )
  t.match(rows, [{ run_id: gateway.ledger.run, accepted_to: 3, voided: '{}' }])
})
