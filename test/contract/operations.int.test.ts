import { startPostgres, waitFor } from '@portcullis/testkit'
import t from 'tap'

import { ADMIN_TOKEN, HMAC_SECRET, JWT_SECRET } from './product/credentials.ts'
import { type Product, startProduct } from './product/start-product.ts'
import { report } from './product/traffic.ts'

// Goal: whoever runs it sees whether it lives, whether it can work, what ails it and by which settings
// it goes. Method: parts are left out, or taken away, under a gateway as it runs.

interface Health {
  readonly status: string
  readonly parts: Readonly<Record<string, { readonly ok: boolean; readonly detail?: string }>>
}

/** Asks for what an orchestrator asks for: without any credential. */
async function probe(product: Product, name: 'live' | 'ready') {
  return product.ask<{ status: string; reasons?: readonly string[] }>({
    url: `/ops/${name}`,
    token: null,
  })
}

/** A notifier that was heard of some time ago. */
async function notifierBeats(product: Product, { agoMs = 0 } = {}): Promise<void> {
  await product.database.pool.query(
    `insert into worker_heartbeats (role, instance_id, started_at, beat_at)
     values ('notifier', gen_random_uuid(), clock_timestamp(),
       clock_timestamp() - $1 * interval '1 millisecond')`,
    [agoMs],
  )
}

t.test('with all its parts it lives, is ready and healthy', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  t.match(await probe(product, 'live'), { status: 200, body: { status: 'live' } })
  const ready = await waitFor(
    async () => {
      const answer = await probe(product, 'ready')
      return answer.status === 200 && answer
    },
    { what: 'readiness' },
  )
  t.same(ready.body, { status: 'ready', reasons: [] })
  await notifierBeats(product)
  const { status, body } = await product.ask<Health>({ url: '/ops/health' })
  t.equal(status, 200)
  t.match(body, { status: 'ok', version: /^\d+\.\d+\.\d+/u, uptime_s: Number })
  t.same(
    Object.entries(body.parts).map(([name, { ok }]) => [name, ok]),
    [
      ['postgres', true],
      ['queue', true],
      ['aggregator', true],
      ['escalator', true],
      ['notifier', true],
    ],
  )
})

t.test('a gateway that nobody escalates or notifies for is ready, and degraded', async (t) => {
  const product = await startProduct(t, { aggregator: true, escalator: false })
  await notifierBeats(product, { agoMs: 600_000 })
  const ready = await waitFor(
    async () => {
      const answer = await probe(product, 'ready')
      return answer.status === 200 && answer
    },
    { what: 'readiness' },
  )
  t.same(ready.body, { status: 'ready', reasons: [] })
  const { status, body } = await product.ask<Health>({ url: '/ops/health' })
  t.equal(status, 200)
  t.match(body, {
    status: 'degraded',
    parts: {
      aggregator: { ok: true },
      escalator: { ok: false, detail: 'none has been heard of' },
      notifier: { ok: false, detail: /^none has been heard of for \d+ s$/u },
    },
  })
})

t.test('without anybody who folds it lives, and is not ready', async (t) => {
  const product = await startProduct(t)
  t.equal((await probe(product, 'live')).status, 200)
  t.match(await probe(product, 'ready'), {
    status: 503,
    body: { status: 'not_ready', reasons: ['aggregator: none has been heard of'] },
  })
  const { status, body } = await product.ask<Health>({ url: '/ops/health' })
  t.equal(status, 503)
  t.match(body, {
    status: 'failing',
    parts: { postgres: { ok: true }, aggregator: { ok: false, detail: 'none has been heard of' } },
  })
})

t.test('with the store away it lives, says what fails, and names no host', async (t) => {
  const server = await startPostgres(t)
  const options = { aggregator: true, server: server.connectionString }
  const product = await startProduct(t, options)
  await server.stop()
  t.equal((await probe(product, 'live')).status, 200)
  const ready = await probe(product, 'ready')
  t.equal(ready.status, 503)
  t.match(ready.body.reasons?.[0], /^postgres: /u)
  t.notMatch(JSON.stringify(ready.body), /127\.0\.0\.1|localhost|password/u)
  const { status, body } = await product.ask<Health>({ url: '/ops/health' })
  t.equal(status, 503)
  t.match(body, { status: 'failing', parts: { postgres: { ok: false } } })
  await server.start()
  await waitFor(async () => (await probe(product, 'ready')).status === 200, {
    what: 'readiness, again',
    timeoutMs: 30_000,
  })
})

t.test('the settings in effect are shown, what is unwise too, and no secret', async (t) => {
  const env = { ESC_CRIT_ACK_MIN: '7', SLO_P95_MS: '450', GUARD_MIN_SAMPLES: '9' }
  const product = await startProduct(t, { escalator: false, env })
  const { status, body } = await product.ask({ url: '/ops/config/health' })
  t.equal(status, 200)
  t.match(body, {
    jwt: true,
    hmac: true,
    hmac_required: false,
    guard_anonymous: 'off',
    guard: { minSamples: 9, lookbackMin: 10, service: null },
    slo: { p95Ms: 450, errPct: 1 },
    escalation: { critAckMin: 7, warnAckMin: 15, levelMax: 7 },
    limits: { acksPerMinute: 10, readsPerMinute: 6_000 },
  })
  const text = JSON.stringify(body)
  for (const secret of [ADMIN_TOKEN, HMAC_SECRET, JWT_SECRET]) t.notOk(text.includes(secret))

  const unwise = await startProduct(t, { escalator: false, env: { OPS_JWT_SECRET: 'short' } })
  const warned = await unwise.ask({ url: '/ops/config/health' })
  t.match(warned.body, { status: 'warnings', warnings: [/OPS_JWT_SECRET/u] })
  t.notMatch(JSON.stringify(warned.body), /short"/u)
})

t.test('the figures of the process are in the format that Prometheus reads', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  await report(product, { requests: [{ count: 3 }] })
  const { status, headers, body } = await product.ask<string>({ url: '/metrics' })
  t.equal(status, 200)
  t.match(headers['content-type'], /^text\/plain; version=0\.0\.4/u)
  const lines = body.split('\n').filter((line) => line !== '')
  const sample =
    /^[a-zA-Z_:][\w:]*(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\]|\\.)*",?)*\})? (?:[-+.\deE]+|NaN|[+-]Inf)$/u
  const strange = lines.filter((line) => !/^# (?:HELP|TYPE) /u.test(line) && !sample.test(line))
  t.same(strange, [])
  const typed = new Set(lines.flatMap((line) => /^# TYPE (\S+)/u.exec(line)?.[1] ?? []))
  const bare = lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.split(/[{ ]/u, 1)[0]!)
    .filter((name) => !typed.has(name) && !typed.has(name.replace(/_(?:bucket|sum|count)$/u, '')))
  t.same(bare, [], 'every sample belongs to a family')
  t.ok(typed.has('portcullis_gateway_queue_waiting'))
})
