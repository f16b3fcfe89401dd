import { randomUUID } from 'node:crypto'

import { startPostgres, waitFor } from '@portcullis/testkit'
import t from 'tap'

import { tokenOf } from './product/credentials.ts'
import type { ShownProblem } from './product/incidents.ts'
import { cursorOf, OUTSIDE, OUTSIDE_MS } from './product/instants.ts'
import { startProduct } from './product/start-product.ts'

// Goal: whatever is wrong with a question about traffic is told with its field and its fix. Method:
// each route is asked with each mistake; every problem is held to /openapi.json.

const ROUTES = [
  '/ops/metrics',
  '/ops/metrics/trends',
  '/ops/metrics/history',
  '/ops/alarms',
  '/ops/slo',
  '/ops/release-impact',
] as const

/** Mistakes that every route knows, and the parameter that is named. */
const MISTAKES: readonly (readonly [query: string, field: string])[] = [
  ['service=', 'service'],
  [`service=${'x'.repeat(129)}`, 'service'],
  ['service=a%00b', 'service'],
  ['service=a&service=b', 'service'],
  ['environment=', 'environment'],
  [`environment=${'x'.repeat(65)}`, 'environment'],
  ['route=', 'route'],
  [`route=${'x'.repeat(513)}`, 'route'],
  ['route=a%0Ab', 'route'],
  ['cursor=nonsense', 'cursor'],
  ['cursor=bnVsbA', 'cursor'],
  ['servise=shop', 'servise'],
]

const OWN_MISTAKES: readonly (readonly [url: string, field: string])[] = [
  ['/ops/metrics?version=a%00', 'version'],
  [`/ops/metrics/trends?version=${'x'.repeat(129)}`, 'version'],
  ['/ops/slo?version=a&version=b', 'version'],
  ...['/ops/metrics', '/ops/metrics/trends', '/ops/slo'].flatMap((url) =>
    ['0', '2001', '-1', '1.5', 'all', ''].map(
      (limit) => [`${url}?limit=${limit}`, 'limit'] as const,
    ),
  ),
  ...['501', '0', 'all'].map((limit) => [`/ops/alarms?limit=${limit}`, 'limit'] as const),
  ['/ops/alarms?version=1', 'version'],
  ['/ops/alarms?kind=Error', 'kind'],
  ['/ops/alarms?severity=info', 'severity'],
  ['/ops/alarms?status=cleared', 'status'],
  ...['yesterday', '2026-11-23', '2026-11-23T10:00:00', '-1', '1e12', '9999999999999999'].flatMap(
    (at) => ['from', 'to'].map((name) => [`/ops/metrics/history?${name}=${at}`, name] as const),
  ),
  ['/ops/metrics/history?from=2026-11-23T10:00:00+01:00', 'from'],
  ...OUTSIDE.flatMap((at) =>
    ['from', 'to'].map((name) => [`/ops/metrics/history?${name}=${at}`, name] as const),
  ),
  ['/ops/metrics/history?from=0000-01-01T00:00:00Z&to=0000-01-01T01:00:00Z', 'from'],
  ...OUTSIDE_MS.map((since) => {
    return [`/ops/alarms?cursor=${cursorOf({ since, id: randomUUID() })}`, 'cursor'] as const
  }),
  ['/ops/metrics/history?from=2000&to=2000', 'from'],
  ['/ops/metrics/history?from=2001&to=2000', 'from'],
  ...['7m', '0m', '2h', '60', ''].map(
    (step) => [`/ops/metrics/history?step=${step}`, 'step'] as const,
  ),
  ['/ops/metrics/history?limit=5', 'limit'],
  ...['0', '1441', '-5', '1.5', 'x', ''].map(
    (minutes) => [`/ops/release-impact?window_min=${minutes}`, 'window_min'] as const,
  ),
  ['/ops/release-impact?version=1', 'version'],
]

t.test('a parameter that cannot be used is told with its name and a fix', async (t) => {
  const product = await startProduct(t, { escalator: false })
  const all = ROUTES.flatMap((url) =>
    MISTAKES.map(([query, field]) => [`${url}?${query}`, field] as const),
  )
  for (const [url, field] of [...all, ...OWN_MISTAKES]) {
    const { status, body } = await product.ask<ShownProblem>({ url })
    t.equal(status, 400, url)
    t.match(body, { code: 'INVALID_PARAMETER', errors: [{ field, fix: /\S/u }] }, url)
  }
})

t.test('a history may be asked for at either end of time', async (t) => {
  const product = await startProduct(t, { escalator: false })
  for (const [from, to] of [
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.001Z'],
    ['9999-12-30T23:59:59Z', '9999-12-30T23:59:59.999Z'],
  ]) {
    for (const query of [`to=${to}`, `from=${from}&to=${to}&step=1h`]) {
      t.equal((await product.ask({ url: `/ops/metrics/history?${query}` })).status, 200, query)
    }
  }
})

t.test('who may not read operations is refused', async (t) => {
  const product = await startProduct(t, { escalator: false })
  const token = await tokenOf('a pipeline', 'ci')
  for (const url of ROUTES) {
    t.equal((await product.ask({ url })).status, 200, url)
    t.equal((await product.ask({ url, token: null })).status, 401, url)
    t.equal((await product.ask({ url, token })).status, 403, url)
    const posted = await product.ask({ method: 'POST', url, body: {} })
    t.equal(posted.status, 405, url)
    t.equal(posted.headers['allow'], 'GET, HEAD')
  }
})

t.test('who asks too often is told to wait', async (t) => {
  const product = await startProduct(t, {
    escalator: false,
    env: { PORTCULLIS_READS_PER_MINUTE: '1' },
  })
  for (const url of ROUTES) {
    const answers = [await product.ask({ url }), await product.ask({ url })]
    t.ok(
      answers.some(({ status, headers }) => status === 429 && Number(headers['retry-after']) > 0),
      url,
    )
  }
})

t.test('a store that is away is told as such, and found again', async (t) => {
  const server = await startPostgres(t)
  const options = { escalator: false, server: server.connectionString }
  const product = await startProduct(t, options)
  await server.stop()
  for (const url of ROUTES) {
    const { status, headers, body } = await product.ask({ url })
    t.equal(status, 503, url)
    t.match(body, { code: 'STORE_UNAVAILABLE' })
    t.ok(Number(headers['retry-after']) > 0)
  }
  await server.start()
  for (const url of ROUTES) {
    await waitFor(async () => (await product.ask({ url })).status === 200, {
      what: `200 of ${url}`,
    })
  }
})
