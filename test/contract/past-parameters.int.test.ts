import { DAY_MS } from '@portcullis/contracts'
import t from 'tap'

import { openIncident, type ShownProblem } from './product/incidents.ts'
import { OUTSIDE } from './product/instants.ts'
import { settledAt } from './product/past.ts'
import { startProduct } from './product/start-product.ts'
import { askGuard } from './product/verdicts.ts'

// Goal: a question about an instant of which nothing can be said is told why, and a mistaken one never gets the answer of
// another instant. Method: every route that takes `at` is asked with each mistake; problems are held to /openapi.json.

const ROUTES = [
  '/ops/release-guard',
  '/ops/alarms',
  '/ops/slo',
  '/ops/metrics',
  '/ops/metrics/trends',
  '/ops/incidents',
  '/ops/incidents/{id}',
] as const

const GARBAGE = [
  ...['', 'yesterday', 'now', '-1', '1e12', '1.5', '9999999999999999', '2026-11-23'],
  ...['2026-11-23T10:00:00', '2026-02-30T10:00:00Z', '2026-11-23T25:00:00Z', 'a%00b'],
  // A plus that is not escaped is a space.
  '2026-11-23T10:00:00+01:00',
  ...OUTSIDE,
] as const

/** Heads that are none, for a product of four shards; `AT` is an instant of its past. */
const BAD_HEADS: readonly (readonly [query: string, field: string])[] = [
  ['heads=1,0,0,0,0', 'heads'],
  ...['', '1', 'all', '1,', ',1', '1,0,0,0,x', '1,0,0,0,-1', '1,0,0,0,1.5', '1;0;0;0;0'].map(
    (heads) => [`at=AT&heads=${heads}`, 'heads'] as const,
  ),
  ['at=AT&heads=1,0,0,0', 'heads'],
  ['at=AT&heads=1,0,0,0,0,0', 'heads'],
  [`at=AT&heads=1${',0'.repeat(65)}`, 'heads'],
  ['at=AT&heads=1000000,0,0,0,0', 'heads'],
  ['at=AT&heads=1,0,0,0,1', 'heads'],
  ['at=AT&heads=1,1000000,0,0,0', 'heads'],
  ['at=AT&heads=1,0,0,0,0&heads=1,0,0,0,0', 'heads'],
  ['at=AT&at=AT', 'at'],
]

t.test('what is no instant of the past is told with its field', async (t) => {
  const product = await startProduct(t)
  const { id } = await openIncident(product)
  const isTold = async (url: string, field: string) => {
    const { status, body } = await product.ask<ShownProblem>({ url: url.replace('{id}', id) })
    t.equal(status, 400, url)
    t.match(body, { code: 'INVALID_PARAMETER', errors: [{ field, fix: /\S/u }] }, url)
  }
  for (const route of ROUTES) {
    for (const at of GARBAGE) await isTold(`${route}?at=${at}`, 'at')
    const url = `${route}?at=${Date.now() + DAY_MS}`.replace('{id}', id)
    const future = await product.ask<ShownProblem & { errors: { message: string }[] }>({ url })
    t.equal(future.status, 400, url)
    t.match(future.body, {
      code: 'INVALID_PARAMETER',
      errors: [{ field: 'at', message: /^is in the future: it is \d{4}-.*Z$/u, fix: /\S/u }],
    })
    if (route !== '/ops/release-guard') {
      await isTold(`${route}?at=${await settledAt(product)}&heads=1,0,0,0,0`, 'heads')
    }
  }
  const at = await settledAt(product)
  for (const [query, field] of BAD_HEADS) {
    await isTold(`/ops/release-guard?${query.replaceAll('AT', at)}`, field)
  }
  const { heads } = (await askGuard(product)).body
  t.equal(heads!.metrics.length, 4, 'as many shards as the heads above have')
  const good = await askGuard(product, `?at=${at}&heads=1,0,0,0,0`)
  t.match(good.body, { heads: { log: 1, metrics: [0, 0, 0, 0] } })
})

t.test('before the log began there is nothing, and it is told when it began', async (t) => {
  const product = await startProduct(t)
  const { id } = await openIncident(product)
  const { rows } = await product.database.pool.query<{ at: Date }>(
    'select recorded_at as at from events order by position limit 1',
  )
  const began = rows[0]!.at
  for (const route of ROUTES) {
    const url = route.replace('{id}', id)
    for (const at of [began.getTime() - 1, 0, '1970-01-01T00:00:00Z']) {
      const { status, headers, body } = await product.ask<ShownProblem>({ url: `${url}?at=${at}` })
      t.equal(status, 404, url)
      t.match(body, { code: 'BEFORE_THE_LOG', began_at: began.toISOString() })
      t.equal(headers['retry-after'], undefined)
    }
    const from = await product.ask({ url: `${url}?at=${began.toISOString()}` })
    t.equal(from.status, 200, `${url}: from then on there is`)
  }
})
