import { randomUUID } from 'node:crypto'

import t from 'tap'

import { tokenOf } from './product/credentials.ts'
import { openIncident, type ShownIncident, type ShownProblem } from './product/incidents.ts'
import { cursorOf, OUTSIDE_MS } from './product/instants.ts'
import { readPages } from './product/read-pages.ts'
import { type Product, startProduct } from './product/start-product.ts'

// Goal: `/ops/incidents` lists every incident once, the newest opening first, narrowed as asked.
// Method: incidents are opened and taken over by HTTP; every answer is held to /openapi.json.

interface ListAnswer {
  readonly incidents: readonly ShownIncident[]
  readonly next_cursor: string | null
}

async function list(product: Product, query = ''): Promise<ListAnswer> {
  const { status, body } = await product.ask<ListAnswer>({ url: `/ops/incidents${query}` })
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`)
  return body
}

async function keysOf(product: Product, query: string): Promise<string[]> {
  return (await list(product, query)).incidents.map(({ incident_key: key }) => key).toSorted()
}

async function command(product: Product, { id }: ShownIncident, name: string): Promise<void> {
  const url = `/ops/incidents/${id}/${name}`
  const { status } = await product.ask({ method: 'POST', url })
  if (status !== 200) throw new Error(`${name}: ${status}`)
}

t.test('incidents are shown whole, those that opened last first', async (t) => {
  const product = await startProduct(t)
  t.same(await list(product), { incidents: [], next_cursor: null })
  const first = await openIncident(product, { evidence: { errors: 3 }, hint: 'look at the disk' })
  const second = await openIncident(product, { severity: 'warning' })
  const { incidents, next_cursor } = await list(product)
  t.same(
    incidents.map(({ id }) => id),
    [second.id, first.id],
  )
  t.equal(next_cursor, null)
  t.match(incidents[1], {
    status: 'open',
    severity: 'critical',
    opening: 1,
    escalation_level: 0,
    acknowledged_by: null,
    acknowledged_at: null,
    escalated_at: null,
    resolved_at: null,
    hint: 'look at the disk',
    evidence: { errors: 3 },
  })
  t.same(incidents[1], first, 'as the command answered')
  await command(product, first, 'resolve')
  const [route] = first.incident_key.split('::')
  const again = await openIncident(product, { route })
  t.match(again, { id: first.id, opening: 2 })
  t.equal((await list(product)).incidents[0]?.id, first.id, 'a new opening is the newest')
})

t.test('each filter narrows the list, and several narrow it together', async (t) => {
  const product = await startProduct(t)
  await openIncident(product, { route: 'GET /open' })
  await openIncident(product, { route: 'GET /warned', severity: 'warning', kind: 'fraud' })
  await openIncident(product, { route: 'GET /staged', environment: 'staging' })
  await command(product, await openIncident(product, { route: 'GET /acked' }), 'ack')
  const resolved = await openIncident(product, { route: 'GET /resolved', service: 'billing' })
  await command(product, resolved, 'resolve')
  const all = ['GET /acked', 'GET /open', 'GET /resolved', 'GET /staged', 'GET /warned']
  const cases: readonly (readonly [query: string, routes: readonly string[]])[] = [
    ['', all],
    ['?status=open', ['GET /open', 'GET /staged', 'GET /warned']],
    ['?status=acknowledged', ['GET /acked']],
    ['?status=resolved', ['GET /resolved']],
    ['?status=acknowledged,resolved', ['GET /acked', 'GET /resolved']],
    ['?status=open,acknowledged,resolved', all],
    ['?severity=warning', ['GET /warned']],
    ['?severity=critical&status=open', ['GET /open', 'GET /staged']],
    ['?service=billing', ['GET /resolved']],
    ['?service=billing&status=open', []],
    ['?environment=staging', ['GET /staged']],
    ['?environment=production&status=open', ['GET /open', 'GET /warned']],
    ['?route=GET%20/open', ['GET /open']],
    ['?route=GET%20/open%3Fpage=2', ['GET /open']],
    ['?route=GET%20/nothing', []],
    ['?kind=fraud', ['GET /warned']],
    ['?kind=fraud&severity=critical', []],
  ]
  for (const [query, routes] of cases) {
    const keys = routes.map((route) => (route === 'GET /warned' ? 'fraud' : 'manual'))
    const expected = routes.map((route, nth) => `${route}::${keys[nth]}`)
    t.same(await keysOf(product, query), expected, query)
  }
})

t.test('incidents come page by page, each of them once', async (t) => {
  const product = await startProduct(t)
  await Promise.all(Array.from({ length: 53 }, () => openIncident(product)))
  const first = await list(product)
  t.equal(first.incidents.length, 50, 'when nothing is said')
  t.type(first.next_cursor, 'string')
  const { incidents: all } = await list(product, '?limit=500')
  t.equal(all.length, 53)
  const pages = await readPages<ShownIncident>(product, '/ops/incidents?limit=20', 'incidents')
  t.same(
    pages.map((page) => page.length),
    [20, 20, 13],
  )
  t.same(pages.flat(), all)
  const exact = await readPages<ShownIncident>(product, '/ops/incidents?limit=53', 'incidents')
  t.equal(exact.length, 1, 'a page that is just full is the last')

  const cursor = (await list(product, '?limit=20&status=open')).next_cursor
  await openIncident(product)
  const second = await list(product, `?limit=20&status=open&cursor=${cursor}`)
  t.same(second.incidents, all.slice(20, 40), 'what opens meanwhile shifts nothing')
})

const MISTAKES: readonly (readonly [query: string, field: string])[] = [
  ...['0', '501', '-1', '1.5', 'all', ''].map((limit) => [`limit=${limit}`, 'limit'] as const),
  ['cursor=nonsense', 'cursor'],
  ['cursor=bnVsbA', 'cursor'],
  [`cursor=${cursorOf({ firstSeen: 1, id: 'x' })}`, 'cursor'],
  ...OUTSIDE_MS.map(
    (firstSeen) => [`cursor=${cursorOf({ firstSeen, id: randomUUID() })}`, 'cursor'] as const,
  ),
  ['status=closed', 'status'],
  ['status=open,', 'status'],
  ['status=open&status=resolved', 'status'],
  ['status=', 'status'],
  ['severity=info', 'severity'],
  ['service=', 'service'],
  [`service=${'x'.repeat(129)}`, 'service'],
  ['service=a%00', 'service'],
  ['environment=', 'environment'],
  [`environment=${'x'.repeat(65)}`, 'environment'],
  ['route=', 'route'],
  [`route=${'x'.repeat(513)}`, 'route'],
  ['kind=Not%20A%20Kind', 'kind'],
  ['owner=alice', 'owner'],
]

t.test('a parameter that cannot be used is told with its name and a fix', async (t) => {
  const product = await startProduct(t, { escalator: false })
  for (const [query, field] of MISTAKES) {
    const { status, body } = await product.ask<ShownProblem>({ url: `/ops/incidents?${query}` })
    t.equal(status, 400, query)
    t.match(body, { code: 'INVALID_PARAMETER', errors: [{ field, fix: /\S/u }] }, query)
  }
})

t.test('who may not read operations is refused', async (t) => {
  const product = await startProduct(t, { escalator: false })
  const url = '/ops/incidents'
  t.equal((await product.ask({ url, token: null })).status, 401)
  for (const role of ['ci', 'ingest'] as const) {
    const { status, body } = await product.ask({ url, token: await tokenOf('somebody', role) })
    t.equal(status, 403, role)
    t.match(body, { code: 'FORBIDDEN', needs: 'ops:read' })
  }
  const viewer = await tokenOf('somebody', 'ops_viewer')
  t.equal((await product.ask({ url, token: viewer })).status, 200)
  const body = { service: 'shop', route: 'GET /a' }
  const opening = await product.ask({ method: 'POST', url, body, token: viewer })
  t.equal(opening.status, 403, 'who may look may not open')
  t.match(opening.body, { needs: 'incidents:write' })
})
