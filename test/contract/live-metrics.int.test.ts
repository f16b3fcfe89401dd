import { waitFor } from '@portcullis/testkit'
import t from 'tap'

import { type Product, startProduct } from './product/start-product.ts'
import { bucketBegins, minutesAgo, report, ROUTE } from './product/traffic.ts'

// Goal: `/ops/metrics`, its trends and `/ops/slo` count every request that was folded, once, where
// it belongs. Method: a gateway and an aggregator as they run; answers are held to /openapi.json.

interface Figures {
  readonly count: number
  readonly rps: number
  readonly p50_ms: number | null
  readonly p95_ms: number | null
  readonly err_rate: number | null
}

interface WindowsAnswer {
  readonly as_of: string
  readonly heads: { readonly log: number; readonly metrics: readonly number[] }
  readonly routes: readonly {
    readonly service: string
    readonly environment: string
    readonly route: string
    readonly windows: Readonly<Record<'1m' | '5m' | '15m', Figures>>
  }[]
  readonly totals: Readonly<Record<'1m' | '5m' | '15m', { readonly count: number }>>
  readonly next_cursor: string | null
  readonly incomplete: readonly Readonly<Record<string, unknown>>[]
}

async function windows(product: Product, query = ''): Promise<WindowsAnswer> {
  const { status, body } = await product.ask<WindowsAnswer>({ url: `/ops/metrics${query}` })
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`)
  return body
}

t.test('figures are of the newest 1, 5 and 15 minutes', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  t.match(await windows(product), { routes: [], totals: { '15m': { count: 0 } } })
  await bucketBegins()
  await report(product, {
    requests: [
      { count: 3, ms: 10 },
      { status: 503, ms: 200 },
      { status: 404, ms: 10 },
      { count: 5, at: minutesAgo(3) },
      { count: 7, at: minutesAgo(13) },
      { count: 1_000, at: minutesAgo(16) },
    ],
  })
  const { routes, totals, next_cursor } = await windows(product)
  t.equal(routes.length, 1)
  t.match(routes[0], {
    service: 'shop',
    environment: 'production',
    route: ROUTE,
    windows: {
      '1m': { count: 5, err_rate: 20 },
      '5m': { count: 10, err_rate: 10 },
      '15m': { count: 17, err_rate: 5.88 },
    },
  })
  const { p50_ms, p95_ms, rps } = routes[0]!.windows['1m']
  t.ok(Math.abs(p50_ms! - 10) <= 0.1, 'within 1 %')
  t.ok(p95_ms! < 11, 'one slow request of five does not decide p95')
  t.ok(rps >= 0.08 && rps <= 0.1, `5 requests in 50 to 60 seconds are ${rps}`)
  t.same(totals, { '1m': { count: 5 }, '5m': { count: 10 }, '15m': { count: 17 } })
  t.equal(next_cursor, null)
})

t.test('service, environment, route and version narrow the answer', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  await report(product, { requests: [{}, { route: 'POST /orders' }] })
  await report(product, { version: '2.0', requests: [{ count: 2 }] })
  await report(product, { service: 'billing', requests: [{ count: 4 }] })
  await report(product, { environment: 'staging', requests: [{ count: 8 }] })
  const cases: readonly (readonly [query: string, counts: readonly number[]])[] = [
    ['', [4, 3, 1]],
    ['?service=shop', [3, 1]],
    ['?service=shop&route=GET%20/orders/:id%3Fpage=2', [3]],
    ['?route=GET%20/orders/:id', [4, 3]],
    ['?version=2.0', [2]],
    ['?version=', [4, 1, 1]],
    ['?version=3.0', []],
    ['?environment=staging', [8]],
    ['?environment=nowhere', []],
    ['?service=nobody', []],
  ]
  for (const [query, counts] of cases) {
    const { routes } = await windows(product, query)
    t.same(
      routes.map((one) => one.windows['15m'].count),
      counts,
      query,
    )
  }
})

t.test('routes come page by page, and the totals are of all that was asked for', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  const some = (letter: string) =>
    [1, 2, 3].map((nth) => ({ route: `GET /${letter}/${nth}`, count: nth }))
  for (const service of ['a', 'b', 'c']) await report(product, { service, requests: some(service) })
  const pages: string[][] = []
  let query = '?limit=2'
  for (;;) {
    const { routes, next_cursor } = await windows(product, query)
    pages.push(routes.map(({ route }) => route))
    if (next_cursor === null) break
    query = `?limit=2&cursor=${next_cursor}`
  }
  const all = ['a', 'b', 'c'].flatMap((letter) => some(letter).map(({ route }) => route))
  t.same(pages.flat(), all, 'every route once, in order')
  t.ok(pages.every((page) => page.length <= 2))
  const { routes, totals } = await windows(product, '?service=b&limit=1')
  t.equal(routes.length, 1)
  t.equal(totals['15m'].count, 6)
})

t.test('an answer says what it was read from', async (t) => {
  const product = await startProduct(t, { aggregator: true, gateways: 2 })
  await report(product, { requests: [{}] })
  const first = await windows(product)
  t.equal(
    first.heads.metrics.reduce((sum, seq) => sum + seq, 0),
    1,
  )
  await report(product, { requests: [{}] })
  for (const nth of [0, 1]) {
    const { body } = await product.askGateway<WindowsAnswer>(nth, { url: '/ops/metrics' })
    t.equal(body.totals['15m'].count, 2, `gateway ${nth}`)
    t.equal(
      body.heads.metrics.reduce((sum, seq) => sum + seq, 0),
      2,
    )
    t.ok(body.as_of >= first.as_of)
  }
})

interface TrendsAnswer {
  readonly as_of: string
  readonly routes: readonly {
    readonly route: string
    readonly points: readonly (Omit<Figures, 'p50_ms'> & { readonly t: string })[]
  }[]
}

t.test('trends are 30 buckets of 10 seconds, the empty ones included', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  await bucketBegins()
  await report(product, {
    requests: [
      { count: 2, ms: 40 },
      { status: 500, count: 3, at: minutesAgo(2) },
      { at: minutesAgo(6) },
      { route: 'GET /old', at: minutesAgo(6) },
    ],
  })
  const { status, body } = await product.ask<TrendsAnswer>({ url: '/ops/metrics/trends' })
  t.equal(status, 200)
  t.equal(body.routes.length, 1)
  const { points } = body.routes[0]!
  t.equal(points.length, 30)
  const starts = points.map((point) => Date.parse(point.t))
  t.ok(starts.every((start, nth) => nth === 0 || start - starts[nth - 1]! === 10_000))
  const sinceLast = Date.parse(body.as_of) - starts.at(-1)!
  t.ok(sinceLast >= 0 && sinceLast < 10_000, 'the last bucket still runs')
  const busy = points.filter((point) => point.count > 0)
  t.match(busy, [
    { count: 3, rps: 0.3, err_rate: 100 },
    { count: 2, err_rate: 0 },
  ])
  t.match(points[0], { count: 0, rps: 0, p95_ms: null, err_rate: null })
  const none = await product.ask<TrendsAnswer>({ url: '/ops/metrics/trends?version=9' })
  t.same(none.body.routes, [])
})

interface SloAnswer {
  readonly min_samples: number
  readonly summary: Readonly<Record<string, number>>
  readonly routes: readonly { readonly route: string; readonly state: string }[]
}

t.test('each route has a state per dimension, and the worse of them', async (t) => {
  const overrides = JSON.stringify([{ route: 'GET /report', p95_ms: 2_000, err_pct: 50 }])
  const product = await startProduct(t, { aggregator: true, env: { SLO_OVERRIDES: overrides } })
  await bucketBegins()
  await report(product, {
    requests: [
      { route: 'GET /few', count: 4, ms: 900 },
      { route: 'GET /good', count: 5 },
      { route: 'GET /report', count: 5, ms: 1_500 },
      { route: 'GET /report', count: 2, status: 500, ms: 1_500 },
      { route: 'GET /silent', count: 50, at: minutesAgo(5) },
      { route: 'GET /slow', count: 5, ms: 330 },
      { route: 'GET /sick', count: 9 },
      { route: 'GET /sick', status: 500 },
    ],
  })
  const { status, body } = await product.ask<SloAnswer>({ url: '/ops/slo' })
  t.equal(status, 200)
  const defaults = { p95_ms: 300, err_pct: 1 }
  t.match(body.routes, [
    { route: 'GET /few', state: 'no_data', dims: { p95_ms: 'no_data', err_pct: 'no_data' } },
    { route: 'GET /good', state: 'ok', targets: defaults, actual: { err_pct: 0, samples_1m: 5 } },
    { route: 'GET /report', state: 'ok', targets: { p95_ms: 2_000, err_pct: 50 } },
    { route: 'GET /sick', state: 'critical', dims: { p95_ms: 'ok', err_pct: 'critical' } },
    { route: 'GET /silent', state: 'no_data', actual: { p95_ms: null, samples_1m: 0 } },
    { route: 'GET /slow', state: 'warn', dims: { p95_ms: 'warn', err_pct: 'ok' } },
  ])
  t.equal(body.min_samples, 5)
  t.same(body.summary, { no_data: 2, ok: 2, warn: 1, critical: 1 })
})

t.test('an answer says which accepted batches its figures may lack', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  await report(product, { requests: [{}] })
  t.same((await windows(product)).incomplete, [])
  // A gateway says that it accepted three, and no queue has them.
  const until = minutesAgo(5)
  await product.database.pool.query(
    `insert into gateway_ledger (project_id, run_id, shard, accepted_to, voided, written_at)
     values ('default', gen_random_uuid(), 0, 3, '{}', to_timestamp($1 / 1000.0))`,
    [until],
  )
  await waitFor(async () => (await windows(product)).incomplete.length > 0, {
    what: 'the loss',
    timeoutMs: 60_000,
  })
  const lost = { shard: 0, batches: 3, until: new Date(until).toISOString() }
  t.match((await windows(product)).incomplete, [lost])
  for (const url of ['/ops/metrics/trends', '/ops/slo']) {
    t.match((await product.ask({ url })).body['incomplete'], [lost], url)
  }
})
