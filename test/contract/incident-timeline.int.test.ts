import t from 'tap'

import { tokenOf } from './product/credentials.ts'
import { openIncident, type ShownIncident, type ShownProblem } from './product/incidents.ts'
import { type Product, startProduct } from './product/start-product.ts'

// Goal: one incident is shown with who did what to it, on which way, from the first event to the
// last. Method: it is steered by HTTP and by SQL, then its timeline is read whole and in parts.

interface Entry {
  readonly version: number
  readonly type: string
  readonly who: { readonly kind: string; readonly name: string }
  readonly via: string
  readonly what: Readonly<Record<string, unknown>>
  readonly note: string | null
}

interface OneAnswer {
  readonly incident: ShownIncident
  readonly timeline: readonly Entry[]
  readonly timeline_next: number | null
}

async function show(product: Product, id: string, query = ''): Promise<OneAnswer> {
  const { status, body } = await product.ask<OneAnswer>({ url: `/ops/incidents/${id}${query}` })
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`)
  return body
}

t.test('a timeline says who did what, when, and on which way', async (t) => {
  const product = await startProduct(t)
  const { id } = await openIncident(product)
  const send = async (name: string, body?: unknown) =>
    product.ask({ method: 'POST', url: `/ops/incidents/${id}/${name}`, body })
  t.equal((await send('ack', { reason: 'on it' })).status, 200)
  t.equal((await send('assign', { owner: 'alice' })).status, 200)
  const { rowCount } = await product.database.pool.query(
    `update incidents set metadata = '{"ticket": "OPS-7"}' where id = $1`,
    [id],
  )
  t.equal(rowCount, 1)
  t.equal((await send('resolve')).status, 200)
  const { incident, timeline, timeline_next } = await show(product, id)
  t.match(incident, { id, status: 'resolved', owner: 'alice', version: 5 })
  t.equal(timeline_next, null)
  const admin = { who: { kind: 'key', name: 'first-admin' }, via: 'http' }
  t.match(timeline, [
    { version: 5, type: 'incident.resolved', ...admin, note: null },
    {
      version: 4,
      type: 'incident.edited',
      who: { kind: 'person' },
      via: 'sql',
      what: { before: { metadata: {} }, after: { metadata: { ticket: 'OPS-7' } } },
    },
    { version: 3, type: 'incident.assigned', ...admin, what: { owner: 'alice' } },
    { version: 2, type: 'incident.acknowledged', ...admin, note: 'on it' },
    { version: 1, type: 'incident.opened', ...admin },
  ])
  t.equal(timeline.length, 5)
  const { rows } = await product.database.pool.query<{ name: string }>(
    'select session_user as name',
  )
  t.equal(timeline[1]?.who.name, rows[0]?.name, 'the user of the database')
})

t.test('a long timeline is read in parts, from the newest on', async (t) => {
  const product = await startProduct(t)
  const { id } = await openIncident(product)
  for (let nth = 2; nth <= 6; nth += 1) {
    const comment = { comment: `entry ${nth}` }
    const url = `/ops/incidents/${id}/comment`
    t.equal((await product.ask({ method: 'POST', url, body: comment })).status, 200)
  }
  const part = async (query: string) => {
    const { timeline, timeline_next } = await show(product, id, query)
    return [timeline.map(({ version }) => version), timeline_next]
  }
  t.same(await part(''), [[6, 5, 4, 3, 2, 1], null])
  t.same(await part('?timeline_limit=4'), [[6, 5, 4, 3], 3])
  t.same(await part('?timeline_limit=4&timeline_before=3'), [[2, 1], null])
  t.same(await part('?timeline_limit=2&timeline_before=3'), [[2, 1], null])
  t.same(await part('?timeline_limit=1&timeline_before=3'), [[2], 2])
  t.same(await part('?timeline_before=1'), [[], null])
  t.same(await part('?timeline_limit=0'), [[], 7], 'the incident alone')
  t.same(await part('?timeline_limit=1000'), [[6, 5, 4, 3, 2, 1], null])
})

const MISTAKES: readonly (readonly [query: string, field: string])[] = [
  ...['-1', '1001', '9999', '1.5', 'all', ''].map(
    (limit) => [`timeline_limit=${limit}`, 'timeline_limit'] as const,
  ),
  ...['-1', 'x', '', '1234567890'].map(
    (version) => [`timeline_before=${version}`, 'timeline_before'] as const,
  ),
  ['limit=5', 'limit'],
]

t.test('what cannot be used is told with its name, and what is not there as such', async (t) => {
  const product = await startProduct(t)
  const { id } = await openIncident(product)
  for (const [query, field] of MISTAKES) {
    const url = `/ops/incidents/${id}?${query}`
    const { status, body } = await product.ask<ShownProblem>({ url })
    t.equal(status, 400, query)
    t.match(body, { code: 'INVALID_PARAMETER', errors: [{ field, fix: /\S/u }] }, query)
  }
  for (const none of ['00000000-0000-4000-8000-000000000000', 'nonsense', '%00', `${id}x`]) {
    const { status, body } = await product.ask({ url: `/ops/incidents/${none}` })
    t.equal(status, 404, none)
    t.match(body, { code: 'NOT_FOUND' })
  }
})

t.test('who may not read operations is not told whether there is such an incident', async (t) => {
  const product = await startProduct(t)
  const { id } = await openIncident(product)
  const token = await tokenOf('a pipeline', 'ci')
  for (const one of [id, '00000000-0000-4000-8000-000000000000']) {
    const url = `/ops/incidents/${one}`
    t.equal((await product.ask({ url, token: null })).status, 401)
    t.equal((await product.ask({ url, token })).status, 403)
    const posted = await product.ask({ method: 'POST', url, body: {} })
    t.equal(posted.status, 405)
    t.equal(posted.headers['allow'], 'GET, HEAD')
  }
  t.equal((await product.ask({ url: `/ops/incidents/${id}/ack` })).headers['allow'], 'POST')
})
