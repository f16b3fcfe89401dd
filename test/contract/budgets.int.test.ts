import { waitFor } from '@portcullis/testkit'
import t from 'tap'

import { tokenOf } from './product/credentials.ts'
import { type Product, startProduct } from './product/start-product.ts'
import { minutesAgo, report } from './product/traffic.ts'

// Goal: what is left of a budget is counted from every request that was folded, once, whenever it came and on
// every gateway, whether it is in the minutes already or not. Method: batches of now and of long ago over HTTP, a
// gateway that counts along and one that counts later; answers are held to /openapi.json.

interface Objective {
  readonly name: string
  readonly bad: number
  readonly total: number
  readonly allowed: number
  readonly remaining_pct: number | null
  readonly burn_rates: Readonly<Record<string, number | null>>
  readonly exhausted_at: string | null
}

const document = (kind: string, name: string, spec: object) => {
  return { apiVersion: 'portcullis.dev/v1', kind, metadata: { name }, spec }
}
const AVAILABLE = document('Slo', 'available', { service: 'shop', objective: '90%' })
const FAST = document('Slo', 'fast', {
  service: 'shop',
  objective: '50%',
  period: { rolling: '1d' },
  routes: { exclude: ['GET /slow'] },
  indicator: { fasterThan: '100ms' },
})

async function apply(product: Product, ...documents: object[]): Promise<void> {
  const token = await tokenOf('an operator', 'ops_admin')
  const answer = await product.ask({
    method: 'POST',
    url: '/v1/policies',
    token,
    body: { documents },
  })
  t.equal(answer.status, 200, JSON.stringify(answer.body))
}

async function objectives(
  product: Product,
  gateway = 0,
  query = '',
): Promise<readonly Objective[]> {
  const url = `/ops/slo${query}`
  const { body } = await product.askGateway<{ objectives: Objective[] }>(gateway, { url })
  return body.objectives
}

const counted = (all: readonly Objective[]) => all.map(({ name, bad, total }) => [name, bad, total])

t.test(
  'every request counts once, on a gateway that counts along and on one that counts later',
  async (t) => {
    const product = await startProduct(t, { aggregator: true, gateways: 2 })
    const old = { at: minutesAgo(26 * 60) }
    await report(product, {
      requests: [
        { count: 50, ...old },
        { count: 10, status: 503, ...old },
      ],
    })
    await apply(product, AVAILABLE, FAST)
    t.strictSame(counted(await objectives(product)), [
      ['available', 10, 60],
      ['fast', 0, 0],
    ])
    await report(product, {
      requests: [
        { count: 20, ms: 10 },
        { count: 4, ms: 900, status: 500 },
        { count: 30, ms: 900, route: 'GET /slow' },
      ],
    })
    const late = { at: minutesAgo(3 * 60), count: 6, ms: 500 }
    await report(product, { requests: [late] })
    const expected = [
      ['available', 14, 120],
      ['fast', 10, 30],
    ]
    for (const gateway of [0, 1]) {
      t.strictSame(counted(await objectives(product, gateway)), expected, `gateway ${gateway}`)
    }
    const [available] = await objectives(product)
    t.match(available, {
      allowed: 12,
      remaining_pct: -16.6667,
      burn_rates: { '1h': 0.74, '3d': 1.17 },
    })
    t.match(available?.exhausted_at, /T/u, 'it is used up already')
    t.strictSame(await objectives(product, 0, '?service=other'), [])
  },
)

t.test('what is compacted meanwhile is counted no second time', async (t) => {
  const product = await startProduct(t, { aggregator: true, gateways: 2 })
  await apply(product, AVAILABLE)
  await report(product, { requests: [{ count: 10 }, { count: 5, status: 500 }] })
  t.strictSame(counted(await objectives(product)), [['available', 5, 15]])
  await waitFor(
    async () => {
      const { rowCount } = await product.database.pool.query('select from metric_minutes limit 1')
      return rowCount === 1
    },
    { what: 'the minutes', timeoutMs: 120_000 },
  )
  for (const gateway of [0, 1]) {
    t.strictSame(counted(await objectives(product, gateway)), [['available', 5, 15]])
  }
})

t.test('a budget that is spent, or burns, blocks', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  const left = { type: 'error_budget', slo: 'available', atLeast: '20%' }
  const burning = {
    type: 'burn_rate',
    slo: 'available',
    windows: [{ long: '1h', short: '5m', factor: 2 }],
  }
  await apply(product, AVAILABLE, document('ReleasePolicy', 'budget', { rules: [left, burning] }))
  const ask = async () => {
    const url = '/ops/release-guard?service=shop&blocked_status=200'
    return (await product.ask<{ outcome: string; violations: { reason: string }[] }>({ url })).body
  }
  t.match(await ask(), {
    outcome: 'undecided',
    violations: [{ reason: 'no_data' }, { reason: 'no_data' }],
  })
  await report(product, { requests: [{ count: 95 }, { count: 5, status: 500 }] })
  t.match(await ask(), { outcome: 'pass', violations: [] })
  await report(product, { requests: [{ count: 30, status: 500 }] })
  const { outcome, violations } = await ask()
  t.equal(outcome, 'fail')
  t.strictSame(
    violations.map(({ reason }) => reason),
    ['burn_rate', 'error_budget'],
  )
})
