import { waitFor } from '@portcullis/testkit'
import t from 'tap'

import { tokenOf } from './product/credentials.ts'
import { settledAt } from './product/past.ts'
import { readPages } from './product/read-pages.ts'
import { type Product, startProduct } from './product/start-product.ts'
import { bucketBegins, minutesAgo, report, ROUTE } from './product/traffic.ts'

// Goal: figures of routes, and what was left of a budget, are told as they were at an instant: with what had come by
// then, and nothing more. Method: live answers are kept, requests come, also some about the time before, policies go, and
// the same is asked as of before; answers are held to /openapi.json.

interface Figures {
  readonly count: number
  readonly err_rate: number | null
}
interface ShownRoute {
  readonly service: string
  readonly route: string
  readonly windows: Readonly<Record<'1m' | '5m' | '15m', Figures>>
}
interface Traffic {
  readonly as_of: string
  readonly heads: { readonly log: number; readonly metrics: readonly number[] }
  readonly precision?: string
  readonly routes: readonly ShownRoute[]
}
interface Objective {
  readonly name: string
  readonly bad: number
  readonly total: number
  readonly remaining_pct: number | null
}
type SloAnswer = Traffic & { readonly objectives: readonly Objective[] }

const PATHS = ['/ops/metrics', '/ops/metrics/trends', '/ops/slo'] as const

const QUERIES = ['', 'service=shop', 'route=GET%20/orders/:id', 'version=2', 'environment=staging']

async function ask<Body extends Traffic = Traffic>(
  product: Product,
  url: string,
  gateway = 0,
): Promise<Body> {
  const { status, headers, body } = await product.askGateway<Body>(gateway, { url })
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`)
  if (headers['retry-after'] !== undefined) throw new Error('nobody is to come back')
  return body
}

async function operate(product: Product, method: 'POST' | 'DELETE', url: string, body?: object) {
  const token = await tokenOf('an operator')
  const answer = await product.ask({ method, url, token, body })
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
}

const slo = (name: string, service: string) => {
  const spec = { service, objective: '90%' }
  return { apiVersion: 'portcullis.dev/v1', kind: 'Slo', metadata: { name }, spec }
}

t.test('figures, trends and targets as of an instant are those that were told then', async (t) => {
  const product = await startProduct(t, { aggregator: true, gateways: 2 })
  await bucketBegins()
  await report(product, {
    requests: [{ count: 9 }, { count: 3, at: minutesAgo(4) }, { count: 5, at: minutesAgo(12) }],
  })
  await report(product, { version: '2', requests: [{ count: 4 }, { status: 500, ms: 400 }] })
  await report(product, { service: 'billing', requests: [{ count: 7, route: 'POST /pay' }] })
  await report(product, { environment: 'staging', requests: [{ count: 2 }] })
  await settledAt(product)
  const given = new Map<string, Traffic>()
  for (const path of PATHS) {
    for (const query of QUERIES)
      given.set(`${path}?${query}`, await ask(product, `${path}?${query}`))
  }

  await report(product, {
    version: '2',
    requests: [
      { count: 40, status: 500 },
      { count: 60, at: minutesAgo(4) },
      { route: 'GET /new', count: 9 },
    ],
  })
  await report(product, { service: 'newcomer', requests: [{ count: 30 }] })
  await report(product, { environment: 'staging', requests: [{ count: 2, ms: 900 }] })
  for (const [url, live] of given) {
    for (const gateway of [0, 1]) {
      const past = await ask(product, `${url}&at=${live.as_of}`, gateway)
      t.strictSame(past, { ...live, precision: 'exact' }, url)
    }
    t.equal(Object.hasOwn(live, 'precision'), false)
    t.notSame((await ask(product, url)).routes, live.routes, url)
  }
  const { as_of: then, routes } = given.get('/ops/metrics?')!
  const pages = await readPages<ShownRoute>(product, `/ops/metrics?limit=1&at=${then}`, 'routes')
  t.strictSame(pages.flat(), routes)
  const minuteBefore = new Date(Date.parse(then) - 60_000).toISOString()
  const early = await product.ask({ url: `/ops/metrics?at=${minuteBefore}` })
  t.equal(early.status, 404, 'nothing had come by then, whatever it was about')
})

const shown = ({ objectives }: SloAnswer) =>
  objectives.map(({ name, bad, total, remaining_pct }) => [name, bad, total, remaining_pct])

t.test('what was left of a budget is told as it was, compacted or not', async (t) => {
  const product = await startProduct(t, { aggregator: true, gateways: 2 })
  const old = minutesAgo(26 * 60)
  await report(product, {
    requests: [
      { count: 95, at: old },
      { count: 5, status: 500 },
    ],
  })
  await operate(product, 'POST', '/v1/policies', {
    documents: [slo('available', 'shop'), slo('paying', 'billing')],
  })
  await report(product, { service: 'billing', requests: [{ count: 10 }] })
  const half = await settledAt(product)
  const objectives = [
    ['available', 5, 100, 50],
    ['paying', 0, 10, 100],
  ]
  t.strictSame(shown(await ask<SloAnswer>(product, '/ops/slo')), objectives)

  await report(product, {
    requests: [
      { count: 5, status: 503 },
      { count: 10, status: 500, at: old },
    ],
  })
  const spent = await settledAt(product)
  const [available] = shown(await ask<SloAnswer>(product, '/ops/slo?service=shop'))
  t.strictSame(available, ['available', 20, 115, -73.913])
  await operate(product, 'DELETE', '/v1/policies/Slo/available')
  t.strictSame(shown(await ask<SloAnswer>(product, '/ops/slo?service=shop')), [])

  const isAsItWas = async (when: string) => {
    for (const gateway of [0, 1]) {
      const before = await ask<SloAnswer>(product, `/ops/slo?at=${half}`, gateway)
      t.strictSame(shown(before), objectives, when)
      const url = `/ops/slo?service=shop&at=${spent}`
      t.strictSame(shown(await ask<SloAnswer>(product, url, gateway)), [available], when)
    }
  }
  await isAsItWas('while the minutes hold none of it, or some')
  const waiting = `select from minute_heads as compacted join shard_heads as head using (project_id, shard)
    where compacted.seq < head.seq`
  await waitFor(async () => (await product.database.pool.query(waiting)).rowCount === 0, {
    what: 'the minutes',
    timeoutMs: 120_000,
  })
  await isAsItWas('when the minutes hold all of it')
  const { routes } = await ask(product, `/ops/metrics?service=shop&at=${half}`)
  t.match(routes, [{ route: ROUTE, windows: { '1m': { count: 5 } } }])
})
