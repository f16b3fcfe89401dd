import { waitFor } from '@portcullis/testkit'
import t from 'tap'

import { type Product, startProduct } from './product/start-product.ts'
import { minutesAgo, report, ROUTE } from './product/traffic.ts'

// Goal: each route is shown before and after the newest release of its service. Method: requests
// are reported with the times at which they would have happened; releases are seen, or announced.

interface ImpactAnswer {
  readonly window_min: number
  readonly min_samples: number
  readonly services: readonly {
    readonly service: string
    readonly release: { readonly version: string; readonly announced_at: string }
    readonly from: string
    readonly to: string
    readonly routes: readonly {
      readonly route: string
      readonly before: { readonly count: number; readonly p95_ms: number | null }
      readonly after: { readonly count: number }
      readonly change: Readonly<Record<string, number | null>> | null
    }[]
  }[]
  readonly next_cursor: string | null
}

async function impact(product: Product, query = ''): Promise<ImpactAnswer> {
  const { status, body } = await product.ask<ImpactAnswer>({ url: `/ops/release-impact${query}` })
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`)
  return body
}

async function announce(
  product: Product,
  release: { service?: string; version: string; at: number },
): Promise<void> {
  const at = new Date(release.at).toISOString()
  const body = { service: 'shop', ...release, at }
  const answer = await product.ask({ method: 'POST', url: '/v1/releases', body })
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
}

t.test('a release that was announced divides the traffic around it', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  t.match(await impact(product), { window_min: 30, min_samples: 5, services: [] })
  await report(product, {
    requests: [
      { count: 1_000, at: minutesAgo(50) },
      { count: 20, ms: 100, at: minutesAgo(12) },
      { count: 30, ms: 150, at: minutesAgo(5) },
      { count: 10, status: 500, ms: 150, at: minutesAgo(4) },
      { route: 'GET /new', count: 5, at: minutesAgo(3) },
    ],
  })
  await announce(product, { version: '2.0', at: minutesAgo(9) })
  const { services } = await impact(product)
  t.equal(services.length, 1)
  t.match(services[0], {
    service: 'shop',
    release: { version: '2.0', source: 'api' },
    routes: [
      { route: 'GET /new', before: { count: 0, p95_ms: null }, after: { count: 5 }, change: null },
      {
        route: ROUTE,
        before: { count: 20, err_rate: 0 },
        after: { count: 40, err_rate: 25 },
        change: { err_rate: 25 },
      },
    ],
  })
  const { change } = services[0]!.routes[1]!
  t.ok(Math.abs(change!['p95_pct']! - 50) < 3, '100 ms became 150 ms')
  t.ok(change!['rps_pct']! > 500, '20 requests in 30 minutes, then 40 in 9')

  const wide = await waitFor(
    async () => {
      const answer = await impact(product, '?window_min=60')
      return answer.services[0]?.routes[1]?.before.count === 1_020 && answer
    },
    { what: 'the minutes of an hour ago', timeoutMs: 30_000, pollMs: 100 },
  )
  t.equal(wide.window_min, 60)
  const narrow = await impact(product, '?window_min=8')
  t.equal(narrow.services[0]?.routes.find(({ route }) => route === ROUTE)?.before.count, 20)
  const one = await impact(product, '?route=GET%20/new')
  t.same(
    one.services.flatMap(({ routes }) => routes.map(({ route }) => route)),
    ['GET /new'],
  )
})

t.test('a release that traffic made known is told apart by its version', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  await report(product, { version: '1.0', requests: [{ count: 40, at: minutesAgo(6) }] })
  await report(product, { version: '1.0', requests: [{ count: 3 }] })
  await report(product, { version: '2.0', requests: [{ count: 5 }] })
  const { services } = await impact(product)
  t.match(services, [
    {
      release: { version: '2.0', source: 'metrics' },
      routes: [{ route: ROUTE, before: { count: 43 }, after: { count: 5 } }],
    },
  ])
})

t.test('service and environment narrow it, and the newest release counts', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  for (const service of ['a', 'b']) {
    await report(product, { service, requests: [{ count: 5, at: minutesAgo(12) }] })
    await announce(product, { service, version: '1', at: minutesAgo(20) })
    await announce(product, { service, version: '2', at: minutesAgo(10) })
  }
  const names = async (query: string) =>
    (await impact(product, query)).services.map(
      ({ service, release, routes }) =>
        `${service} ${release.version}: ${routes[0]?.before.count} before`,
    )
  t.same(await names(''), ['a 2: 5 before', 'b 2: 5 before'])
  t.same(await names('?service=b'), ['b 2: 5 before'])
  t.same(await names('?service=c'), [])
  t.same(await names('?environment=staging'), [])
})
