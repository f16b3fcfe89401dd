import t from 'tap'

import { tokenOf } from './product/credentials.ts'
import { openIncident, type ShownProblem } from './product/incidents.ts'
import { startProduct } from './product/start-product.ts'
import { bucketBegins, report, ROUTE } from './product/traffic.ts'
import { askGuard, reasonsOf, type ShownVerdict, secondsUntilOpen } from './product/verdicts.ts'

// Goal: the guard's answer has the body, the status and the headers that pipelines rely on. Method:
// a gateway, an aggregator and an escalator as they run; every answer is held to /openapi.json.

const DEFAULTS = {
  allow_warn: true,
  check_regress: false,
  min_samples: 5,
  hard_error_pct: 20,
  lookback_min: 10,
  min_esc_level: 1,
  include_warning: false,
}

t.test('what passes is a 200 that carries all that it was made from', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  const { status, headers, body } = await askGuard(product)
  t.equal(status, 200)
  t.match(body, {
    service: null,
    env: 'production',
    version: null,
    release: null,
    outcome: 'pass',
    pass: true,
    violations: [],
    freshness_ms: null,
    generated_at: /^\d{4}-.*Z$/u,
    as_of: /:\d\d\.000Z$/u,
  })
  t.strictSame(body.guard, DEFAULTS)
  t.equal(headers['cache-control'], 'no-store')
  t.equal(headers['x-portcullis-position'], String(body.position))
  t.match(headers['etag'], /^"[\w-]{22}"$/u)
  t.equal(headers['retry-after'], undefined)
  t.same(reasonsOf((await askGuard(product, '?service=shop')).body.warnings), ['no_data'])
})

t.test('a route that fails blocks with its figures, whoever took the incidents', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  await bucketBegins()
  await report(product, {
    version: '1.4.2',
    requests: [
      { count: 6, ms: 12 },
      { count: 4, ms: 12, status: 503 },
    ],
  })
  const { status, headers, body } = await askGuard(product)
  t.equal(status, 503)
  t.equal(headers['retry-after'], String(secondsUntilOpen(body)))
  t.equal(headers['cache-control'], 'no-store')
  t.match(body, { outcome: 'fail', pass: false, release: '1.4.2' })
  const at = { service: 'shop', route: ROUTE }
  t.match(body.violations, [
    { reason: 'error_rate_critical', ...at, evidence: { err_rate_1m: 40, samples_1m: 10 } },
    { reason: 'hard_error_threshold', ...at, evidence: { err_rate_1m: 40, samples_1m: 10 } },
    {
      reason: 'slo_violation',
      ...at,
      evidence: {
        targets: { p95_ms: 300, err_pct: 1 },
        actual: { err_pct: 40, samples_1m: 10 },
        dims: { p95_ms: 'ok', err_pct: 'critical' },
      },
    },
  ])
  t.equal(body.violations.length, 3)

  const list = await product.ask<{ incidents: { id: string }[] }>({ url: '/ops/incidents' })
  t.equal(list.body.incidents.length, 2)
  for (const { id } of list.body.incidents) {
    const ack = await product.ask({ method: 'POST', url: `/ops/incidents/${id}/ack` })
    t.equal(ack.status, 200)
  }
  t.equal((await askGuard(product)).status, 503)
})

t.test('equal verdicts of two gateways have the same tag, and others have not', async (t) => {
  const product = await startProduct(t, { aggregator: true, gateways: 2 })
  await report(product, { requests: [{ count: 9 }] })
  const ask = async (nth: number, query = '') =>
    product.askGateway<ShownVerdict>(nth, { url: `/ops/release-guard${query}` })
  // A verdict is as of a second: several questions may fall into two.
  for (let round = 0; ; round += 1) {
    const [one, two, other] = await Promise.all([ask(0), ask(1), ask(1, '?min_samples=6')])
    const isOneSecond = new Set([one, two, other].map(({ body }) => body.as_of)).size === 1
    if (!isOneSecond && round < 20) continue
    t.ok(isOneSecond, 'asked within a second')
    t.equal(one.headers['etag'], two.headers['etag'])
    t.same(one.body.heads, two.body.heads)
    t.not(other.headers['etag'], one.headers['etag'])
    return
  }
})

t.test('without anybody who folds it is undecided, which does not pass', async (t) => {
  const product = await startProduct(t)
  const { status, headers, body } = await askGuard(product)
  t.equal(status, 503)
  t.equal(headers['retry-after'], '10')
  t.match(body, {
    outcome: 'undecided',
    pass: false,
    violations: [{ reason: 'stale_data', service: null, route: null }],
  })
  t.equal(body.violations[0]?.evidence['cause'], 'no_aggregator')
  t.equal((await askGuard(product, '?blocked_status=200')).status, 200)
})

t.test('the settings say what is asked when a question does not', async (t) => {
  const product = await startProduct(t, {
    aggregator: true,
    env: {
      GUARD_SERVICE: 'shop',
      GUARD_ENVIRONMENT: 'staging',
      GUARD_RELEASE: 'build 7',
      GUARD_ALLOW_WARN: 'false',
      GUARD_CHECK_REGRESS: 'true',
      GUARD_MIN_SAMPLES: '2',
      GUARD_HARD_ERROR_PCT: '12.5',
      GUARD_LOOKBACK_MIN: '60',
      GUARD_MIN_ESC_LEVEL: '0',
      GUARD_INCLUDE_WARNING: 'true',
    },
  })
  await openIncident(product, { environment: 'staging', severity: 'warning' })
  const { body } = await askGuard(product)
  t.match(body, { service: 'shop', env: 'staging', release: 'build 7' })
  t.strictSame(body.guard, {
    allow_warn: false,
    check_regress: true,
    min_samples: 2,
    hard_error_pct: 12.5,
    lookback_min: 60,
    min_esc_level: 0,
    include_warning: true,
  })
  t.same(reasonsOf(body.violations), ['incident_open'])
  t.same((await askGuard(product, '?environment=production&service=other')).body.violations, [])
})

t.test('who may not ask is refused before anything is looked at', async (t) => {
  const product = await startProduct(t, { escalator: false })
  const url = '/ops/release-guard'
  t.match(await product.ask({ url, token: null }), {
    status: 401,
    headers: { 'www-authenticate': 'Bearer' },
    body: { code: 'UNAUTHENTICATED' },
  })
  t.equal((await product.ask({ url, token: 'not a token' })).status, 401)
  const ingest = await product.ask({ url, token: await tokenOf('a sender', 'ingest') })
  t.equal(ingest.status, 403)
  t.match(ingest.body, { code: 'FORBIDDEN', needs: 'guard:read' })
  const ci = await product.ask({ url, token: await tokenOf('a pipeline', 'ci') })
  t.match(ci.body, { outcome: 'undecided' }, 'a pipeline may')
  const posted = await product.ask({ method: 'POST', url, body: {} })
  t.equal(posted.status, 405)
  t.equal(posted.headers['allow'], 'GET, HEAD')
})

t.test('who asks too often is told to wait, and nobody else is', async (t) => {
  const env = { PORTCULLIS_GUARD_PER_MINUTE: '2' }
  const product = await startProduct(t, { aggregator: true, env })
  const statuses = [await askGuard(product), await askGuard(product)].map(({ status }) => status)
  t.same(statuses, [200, 200])
  const third = await product.ask<ShownProblem>({ url: '/ops/release-guard' })
  t.equal(third.status, 429)
  t.equal(third.body.code, 'RATE_LIMIT_EXCEEDED')
  t.ok(Number(third.headers['retry-after']) > 0)
  const token = await tokenOf('another pipeline', 'ci')
  t.equal((await product.ask({ url: '/ops/release-guard', token })).status, 200)
})
