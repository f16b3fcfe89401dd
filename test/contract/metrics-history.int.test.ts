import { HOUR_MS, MINUTE_MS } from '@portcullis/contracts'
import { waitFor } from '@portcullis/testkit'
import t from 'tap'

import { type Product, startProduct } from './product/start-product.ts'
import { bucketBegins, minutesAgo, report, ROUTE } from './product/traffic.ts'

// Goal: a history counts every request once, whether its minute is stored already or still live.
// Method: requests of the last three hours are reported at once, and asked for in several ways
// while the aggregator compacts them.

interface HistoryAnswer {
  readonly as_of: string
  readonly from: string
  readonly to: string
  readonly step: string
  readonly compacted_to: string
  readonly routes: readonly {
    readonly service: string
    readonly route: string
    readonly points: readonly {
      readonly t: string
      readonly count: number
      readonly rps: number
      readonly p95_ms: number | null
      readonly err_rate: number | null
    }[]
  }[]
  readonly next_cursor: string | null
}

type Query = Readonly<Record<string, string | number>>

async function history(product: Product, query: Query = {}): Promise<HistoryAnswer> {
  const entries = Object.entries(query).map(([name, value]) => [name, String(value)])
  const parameters = new URLSearchParams(Object.fromEntries(entries) as Record<string, string>)
  const url = `/ops/metrics/history?${parameters.toString()}`
  const { status, body } = await product.ask<HistoryAnswer>({ url })
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`)
  return body
}

/** Waits until all that was folded so far is in the stored minutes. */
async function untilCompacted(product: Product): Promise<void> {
  await waitFor(
    async () => {
      const { as_of, compacted_to } = await history(product)
      return as_of === compacted_to
    },
    { what: 'the compaction of minutes', timeoutMs: 30_000, pollMs: 100 },
  )
}

function countsOf({ routes }: HistoryAnswer): Record<string, number> {
  return Object.fromEntries(
    routes.map(({ service, route, points }) => [
      `${service} ${route}`,
      points.reduce((sum, { count }) => sum + count, 0),
    ]),
  )
}

t.test('stored minutes and live ones are one history', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  const old = minutesAgo(150)
  await report(product, {
    requests: [
      { count: 60, at: old, ms: 100 },
      { count: 20, at: old, ms: 100, status: 500 },
      { count: 3, at: minutesAgo(40) },
    ],
  })
  await bucketBegins()
  await report(product, { version: '2.0', requests: [{ count: 5 }] })
  await untilCompacted(product)

  const lastHour = await history(product)
  t.same(countsOf(lastHour), { [`shop ${ROUTE}`]: 8 })
  t.equal(Date.parse(lastHour.to) - Date.parse(lastHour.from), 61 * MINUTE_MS)

  const since = { from: new Date(old - HOUR_MS).toISOString() }
  const all = await history(product, since)
  t.equal(all.step, '1m')
  const [route] = all.routes
  t.equal(route?.points.length, 3)
  t.match(route?.points[0], {
    t: new Date(old - (old % MINUTE_MS)).toISOString(),
    count: 80,
    rps: 1.33,
    err_rate: 25,
  })
  t.ok(Math.abs(route!.points[0]!.p95_ms! - 100) <= 1)

  for (const step of ['1m', '5m', '15m', '30m', '1h']) {
    t.same(countsOf(await history(product, { ...since, step })), { [`shop ${ROUTE}`]: 88 }, step)
  }
  t.same(countsOf(await history(product, { ...since, version: '2.0' })), { [`shop ${ROUTE}`]: 5 })
  t.same(countsOf(await history(product, { ...since, version: '' })), { [`shop ${ROUTE}`]: 83 })
})

t.test('a span holds whole steps, and nothing beside them', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  const hour = Math.floor(minutesAgo(120) / HOUR_MS) * HOUR_MS
  await report(product, {
    requests: [
      { count: 1, at: hour - 1 },
      { count: 10, at: hour },
      { count: 100, at: hour + 10 * MINUTE_MS - 1 },
      { count: 1_000, at: hour + 10 * MINUTE_MS },
    ],
  })
  await untilCompacted(product)
  const spans: readonly (readonly [query: Query, counts: readonly number[]])[] = [
    [{ from: hour, to: hour + 10 * MINUTE_MS }, [10, 100]],
    [{ from: hour, to: hour + 10 * MINUTE_MS, step: '10m' }, [110]],
    [{ from: hour + 1, to: hour + 10 * MINUTE_MS - 1, step: '10m' }, [110]],
    [{ from: hour + MINUTE_MS, to: hour + 10 * MINUTE_MS }, [100]],
    [{ from: hour - MINUTE_MS, to: hour + MINUTE_MS }, [1, 10]],
    [{ to: hour }, [1]],
    [{ from: hour, to: hour + 2 * MINUTE_MS, step: '1h' }, [1_110]],
  ]
  for (const [query, counts] of spans) {
    const { routes } = await history(product, query)
    const points = routes.flatMap((route) => route.points.map((point) => point.count))
    t.same(points, counts, JSON.stringify(query))
  }
  const { from, to } = await history(product, { from: hour + 1, to: hour + 2, step: '30m' })
  t.same([Date.parse(from), Date.parse(to)], [hour, hour + 30 * MINUTE_MS])
})

t.test('service, environment and route narrow a history', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  const at = minutesAgo(30)
  await report(product, { requests: [{ at }, { route: 'POST /orders', count: 2, at }] })
  await report(product, { service: 'billing', requests: [{ count: 4, at }] })
  await report(product, { environment: 'staging', requests: [{ count: 8, at }] })
  await untilCompacted(product)
  const cases: readonly (readonly [query: Query, counts: Record<string, number>])[] = [
    [{}, { [`billing ${ROUTE}`]: 4, [`shop ${ROUTE}`]: 1, 'shop POST /orders': 2 }],
    [{ service: 'shop' }, { [`shop ${ROUTE}`]: 1, 'shop POST /orders': 2 }],
    [{ route: ROUTE }, { [`billing ${ROUTE}`]: 4, [`shop ${ROUTE}`]: 1 }],
    [{ service: 'shop', route: 'POST /orders?utm=1' }, { 'shop POST /orders': 2 }],
    [{ environment: 'staging' }, { [`shop ${ROUTE}`]: 8 }],
    [{ service: 'nobody' }, {}],
  ]
  for (const [query, counts] of cases) {
    t.same(countsOf(await history(product, query)), counts, JSON.stringify(query))
  }
})

t.test(
  'more than an answer holds is divided by service, and refused for a single one',
  async (t) => {
    const product = await startProduct(t, { aggregator: true })
    const at = minutesAgo(30)
    for (const service of ['a', 'b', 'c']) await report(product, { service, requests: [{ at }] })
    await untilCompacted(product)
    // 60 days by the minute are 86,400 points of each route; 30 days are 43,200.
    const days = (count: number) => new Date(Date.now() - count * 24 * HOUR_MS).toISOString()
    const seen: string[] = []
    let query: Query = { from: days(30) }
    for (;;) {
      const { routes, next_cursor } = await history(product, query)
      t.equal(routes.length, 1)
      seen.push(...routes.map((route) => route.service))
      if (next_cursor === null) break
      query = { from: days(30), cursor: next_cursor }
    }
    t.same(seen, ['a', 'b', 'c'])
    for (const narrow of ['', '&service=b', `&service=b&route=${ROUTE}`]) {
      const url = `/ops/metrics/history?from=${days(60)}${narrow}`
      const { status, body } = await product.ask({ url })
      t.equal(status, 400)
      t.match(body, {
        code: 'INVALID_PARAMETER',
        errors: [{ field: 'from', fix: /longer steps/u }],
      })
    }
    const { routes } = await history(product, { from: days(60), step: '2m' })
    t.equal(routes.length, 1)
  },
)
