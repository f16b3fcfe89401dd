import t from 'tap'

import { type Product, startProduct } from './product/start-product.ts'
import { bucketBegins, report, ROUTE } from './product/traffic.ts'

// Goal: `/ops/alarms` tells what stands, with who has it and what to look at. Method: requests that
// fail are reported; alarms are judged by the aggregator as it runs.

interface ShownAlarm {
  readonly id: string
  readonly service: string
  readonly route: string
  readonly kind: string
  readonly status: string
  readonly severity: string
  readonly since: string
  readonly owner: string | null
  readonly incident_status: string | null
}

interface AlarmAnswer {
  readonly position: number
  readonly alarms: readonly ShownAlarm[]
  readonly next_cursor: string | null
}

async function alarms(product: Product, query = ''): Promise<AlarmAnswer> {
  const { status, body } = await product.ask<AlarmAnswer>({ url: `/ops/alarms${query}` })
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`)
  return body
}

const FAILING = [
  { count: 9, ms: 10 },
  { count: 1, ms: 10, status: 500 },
]

t.test('an alarm is told with its evidence, its owner and a hint', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  t.same((await alarms(product)).alarms, [])
  await bucketBegins()
  await report(product, { requests: FAILING })
  const { alarms: raised } = await alarms(product)
  t.same(
    raised.map(({ kind, severity }) => [kind, severity]).toSorted(),
    [
      ['error_rate', 'warning'],
      ['slo_violation', 'critical'],
    ],
    'judged as the batch was folded, whether anybody asked or not',
  )
  const alarm = raised.find(({ kind }) => kind === 'error_rate')!
  t.match(alarm, {
    service: 'shop',
    environment: 'production',
    route: ROUTE,
    status: 'raised',
    evidence: { err_rate_1m: 10, samples_1m: 10, errors_1m: 1 },
    owner: null,
    hint: /5xx/u,
    incident_status: 'open',
  })
  t.same((await alarms(product)).alarms, raised, 'to ask changes nothing')

  const assigned = await product.ask({
    method: 'POST',
    url: `/ops/incidents/${alarm.id}/assign`,
    body: { owner: 'alice' },
  })
  t.equal(assigned.status, 200)
  const acknowledged = await product.ask({ method: 'POST', url: `/ops/incidents/${alarm.id}/ack` })
  t.equal(acknowledged.status, 200)
  const after = (await alarms(product)).alarms.find(({ id }) => id === alarm.id)
  t.match(after, { status: 'raised', owner: 'alice', incident_status: 'acknowledged' })
})

t.test('alarms come page by page, and can be narrowed', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  await bucketBegins()
  for (const service of ['a', 'b', 'c']) await report(product, { service, requests: FAILING })
  await report(product, { environment: 'staging', requests: FAILING })
  const { alarms: all } = await alarms(product)
  t.equal(all.length, 6)
  t.same(
    all.map(({ since }) => since),
    all.map(({ since }) => since).toSorted((a, b) => (a < b ? 1 : -1)),
    'those raised last first',
  )
  const seen: string[] = []
  let query = '?limit=4'
  for (;;) {
    const page = await alarms(product, query)
    seen.push(...page.alarms.map(({ id }) => id))
    if (page.next_cursor === null) break
    query = `?limit=4&cursor=${page.next_cursor}`
  }
  t.same(
    seen,
    all.map(({ id }) => id),
  )
  const counts: readonly (readonly [query: string, count: number])[] = [
    ['?service=b', 2],
    ['?kind=error_rate', 3],
    ['?severity=critical', 3],
    ['?severity=critical&kind=error_rate', 0],
    ['?environment=staging', 2],
    ['?route=GET%20/orders/:id', 6],
    ['?route=GET%20/nothing', 0],
  ]
  for (const [narrow, count] of counts) {
    t.equal((await alarms(product, narrow)).alarms.length, count, narrow)
  }
})
