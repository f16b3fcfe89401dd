import t from 'tap'

import { openIncident, type ShownIncident, type ShownProblem } from './product/incidents.ts'
import { settledAt } from './product/past.ts'
import { readPages } from './product/read-pages.ts'
import { type Product, startProduct } from './product/start-product.ts'
import { bucketBegins, report } from './product/traffic.ts'

// Goal: incidents and alarms are told as they were at an instant, and nothing of what came later is in the answer.
// Method: they are listed, steered, and listed again as of before; answers are held to /openapi.json.

interface OneAnswer {
  readonly incident: ShownIncident
  readonly timeline: readonly { readonly version: number; readonly type: string }[]
  readonly timeline_next: number | null
}

interface ShownAlarm {
  readonly id: string
  readonly kind: string
  readonly severity: string
  readonly incident_status: string | null
  readonly owner: string | null
}

async function steer(product: Product, id: string, word: string, body?: object): Promise<void> {
  const url = `/ops/incidents/${id}/${word}`
  const { status } = await product.ask({ method: 'POST', url, body })
  if (status !== 200) throw new Error(`${word}: ${status}`)
}

async function list(product: Product, query: string): Promise<ShownIncident[]> {
  const pages = await readPages<ShownIncident>(product, `/ops/incidents?${query}`, 'incidents')
  return pages.flat()
}

const idsOf = (incidents: readonly { readonly id: string }[]) => incidents.map(({ id }) => id)

t.test('a list as of an instant is the list that was given then', async (t) => {
  const product = await startProduct(t)
  const ids: string[] = []
  for (const service of ['shop', 'billing', 'shop', 'billing', 'shop']) {
    ids.unshift((await openIncident(product, { service, severity: 'critical' })).id)
  }
  const [newest, second, third, fourth, oldest] = ids as [string, string, string, string, string]
  await steer(product, second, 'ack')
  await steer(product, fourth, 'resolve')
  const then = await settledAt(product)
  const filters = ['', 'status=open', 'status=acknowledged,resolved', 'service=billing']
  const given = await Promise.all(
    filters.map(async (filter) => list(product, `limit=50&${filter}`)),
  )

  await steer(product, newest, 'resolve')
  await steer(product, second, 'resolve')
  await steer(product, third, 'severity', { severity: 'warning' })
  await steer(product, oldest, 'assign', { owner: 'alice' })
  await product.database.pool.query(`update incidents set metadata = '{"a": 1}' where id = $1`, [
    fourth,
  ])
  // Opens again: it moves to the front of the present list.
  const { rows } = await product.database.pool.query<{ service: string; route: string }>(
    'select service, route from incidents where id = $1',
    [fourth],
  )
  t.equal((await openIncident(product, rows[0]!)).id, fourth)
  await openIncident(product)
  t.equal(idsOf(await list(product, 'limit=50'))[1], fourth)

  for (const [nth, filter] of filters.entries()) {
    t.strictSame(await list(product, `limit=50&at=${then}&${filter}`), given[nth], filter)
    const url = `/ops/incidents?limit=1&at=${then}&${filter}`
    const pages = await readPages<ShownIncident>(product, url, 'incidents')
    t.ok(pages.every(({ length }) => length <= 1))
    t.strictSame(pages.flat(), given[nth], `${filter}, one a page`)
  }
  t.strictSame(idsOf(given[0]!), ids)
  t.strictSame(idsOf(given[1]!), [newest, third, oldest])
  t.strictSame(idsOf(given[2]!), [second, fourth])
  t.strictSame(await list(product, `at=${then}&severity=warning`), [])
})

t.test('one incident is shown as it was, with its timeline up to then', async (t) => {
  const product = await startProduct(t)
  const { id } = await openIncident(product)
  await steer(product, id, 'ack', { reason: 'on it' })
  const then = await settledAt(product)
  const url = `/ops/incidents/${id}`
  const given = (await product.ask<OneAnswer>({ url })).body
  await steer(product, id, 'comment', { comment: 'it is the cache' })
  await steer(product, id, 'resolve')
  const later = (await openIncident(product)).id

  t.match((await product.ask<OneAnswer>({ url })).body, { incident: { version: 4 } })
  const ask = async (query: string) =>
    (await product.ask<OneAnswer>({ url: `${url}?${query}` })).body
  t.strictSame(await ask(`at=${then}`), given)
  t.match(given, { incident: { status: 'acknowledged', version: 2 }, timeline_next: null })
  const versions = ({ timeline }: OneAnswer) => timeline.map(({ version }) => version)
  const first = await ask(`at=${then}&timeline_limit=1`)
  t.strictSame([versions(first), first.timeline_next], [[2], 2])
  t.strictSame(versions(await ask(`at=${then}&timeline_limit=1&timeline_before=2`)), [1])
  t.strictSame(
    versions(await ask(`at=${then}&timeline_before=5`)),
    [2, 1],
    'nothing that came later',
  )
  const bare = await ask(`at=${then}&timeline_limit=0`)
  t.strictSame([bare.timeline, bare.timeline_next], [[], 3])

  const none = await product.ask<ShownProblem>({ url: `/ops/incidents/${later}?at=${then}` })
  t.match(none, { status: 404, body: { code: 'NOT_FOUND' } }, 'it did not exist yet')
  t.equal((await product.ask({ url: `/ops/incidents/${later}` })).status, 200)
})

async function alarms(product: Product, query: string): Promise<ShownAlarm[]> {
  const pages = await readPages<ShownAlarm>(product, `/ops/alarms?${query}`, 'alarms')
  return pages.flat()
}

t.test('alarms as of an instant are those that stood then, and whose they were', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  await bucketBegins()
  const some = [{ count: 9 }, { count: 1, status: 500 }]
  for (const service of ['a', 'b']) await report(product, { service, requests: some })
  const warned = await settledAt(product)
  const given = await alarms(product, 'limit=50')
  t.equal(given.length, 4)

  const { id } = given.find(({ kind }) => kind === 'error_rate')!
  await steer(product, id, 'assign', { owner: 'alice' })
  await steer(product, id, 'ack')
  for (const service of ['a', 'b', 'c']) {
    await report(product, { service, requests: [{ count: 20, status: 500 }] })
  }
  const critical = await settledAt(product)
  const worse = await alarms(product, 'limit=50')
  t.ok(worse.length > given.length && worse.every(({ severity }) => severity === 'critical'))

  t.strictSame(await alarms(product, `limit=50&at=${warned}`), given)
  t.strictSame(await alarms(product, `limit=1&at=${warned}`), given, 'one a page')
  t.strictSame(await alarms(product, `limit=50&at=${critical}`), worse)
  const narrowed: readonly (readonly [query: string, count: number])[] = [
    ['service=c', 0],
    ['service=b', 2],
    ['kind=error_rate', 2],
    ['severity=warning', 2],
    ['severity=critical', 2],
    ['status=no_data', 0],
    ['environment=staging', 0],
    ['route=GET%20/orders/:id', 4],
  ]
  for (const [query, count] of narrowed) {
    t.equal((await alarms(product, `at=${warned}&${query}`)).length, count, query)
  }
  t.match(
    (await alarms(product, `at=${critical}`)).find((one) => one.id === id),
    { owner: 'alice', incident_status: 'acknowledged' },
  )
  t.match(
    given.find((one) => one.id === id),
    { owner: null, incident_status: 'open' },
  )
})
