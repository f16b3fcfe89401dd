import { waitFor } from '@portcullis/testkit'
import t from 'tap'

import { tokenOf } from './product/credentials.ts'
import { type Product, startProduct } from './product/start-product.ts'
import { report } from './product/traffic.ts'

// Goal: what is in force decides the next verdict, on every gateway, and its changes are recorded whether anybody
// asks or not. Method: real batches and policies over HTTP; answers are held to /openapi.json.

interface ShownVerdict {
  readonly outcome: string
  readonly pass: boolean
  readonly violations: readonly { reason: string; policy?: string; rule?: string; need?: string }[]
  readonly warnings: readonly { reason: string; policy?: string }[]
  readonly needs: readonly string[]
  readonly opens_at: string | null
  readonly as_of: string
  readonly default_rules?: readonly { service: string; rules: readonly object[] }[]
  readonly policies: readonly {
    policy: string
    version: string
    mode: string
    outcome: string
    rules?: readonly { rule: string; status: string; findings: readonly object[] }[]
  }[]
}

interface VerdictPage {
  readonly verdicts: readonly object[]
  readonly next_cursor: string | null
}

const GUARD = '/ops/release-guard?service=shop&blocked_status=200'

function policy(name: string, spec: object) {
  return { apiVersion: 'portcullis.dev/v1', kind: 'ReleasePolicy', metadata: { name }, spec }
}

/** 1 % of them, which the default policy lets pass. */
const SOME_ERRORS = [
  { count: 396, ms: 20 },
  { count: 4, status: 500, ms: 20 },
]

async function apply(product: Product, ...documents: object[]): Promise<void> {
  const token = await tokenOf('an operator', 'ops_admin')
  const body = { documents }
  const answer = await product.ask({ method: 'POST', url: '/v1/policies', token, body })
  t.equal(answer.status, 200, JSON.stringify(answer.body))
}

async function ask(product: Product, query = '', gateway = 0): Promise<ShownVerdict> {
  const { body } = await product.askGateway<ShownVerdict>(gateway, { url: `${GUARD}${query}` })
  return body
}

t.test(
  'a policy decides from the moment on at which it is in force, on every gateway',
  async (t) => {
    const product = await startProduct(t, { aggregator: true, gateways: 2 })
    await report(product, { service: 'shop', requests: SOME_ERRORS })
    t.match(await ask(product), { outcome: 'pass', policies: [] }, 'the default policy passes 1 %')
    await apply(product, policy('strict', { rules: [{ type: 'error_rate', max: '0.3%' }] }))
    for (const gateway of [0, 1]) {
      const strict = await ask(product, '', gateway)
      t.match(strict, {
        outcome: 'fail',
        pass: false,
        violations: [{ reason: 'error_rate', policy: 'strict', rule: 'error-rate' }],
        policies: [{ policy: 'strict', mode: 'enforce', outcome: 'fail' }],
      })
      t.ok(strict.opens_at !== null && strict.opens_at > strict.as_of, 'it says when it could pass')
      t.match(strict.needs, [/at most 0.3 % errors: it is 1 %/u])
    }
    const token = await tokenOf('an operator', 'ops_admin')
    await product.ask({ method: 'DELETE', url: '/v1/policies/ReleasePolicy/strict', token })
    for (const gateway of [0, 1]) t.match(await ask(product, '', gateway), { pass: true })
  },
)

t.test('a policy that is tried is recorded and blocks nobody', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  const spec = { mode: 'shadow', rules: [{ type: 'error_rate', max: '0.3%' }] }
  await apply(product, policy('tried', spec))
  await report(product, { service: 'shop', requests: SOME_ERRORS })
  t.match(await ask(product), {
    outcome: 'pass',
    violations: [],
    warnings: [],
    policies: [{ policy: 'tried', mode: 'shadow', outcome: 'fail' }],
  })
  const recorded = await waitFor(
    async () => {
      const { rows } = await product.database.pool.query<{ policies: object[] }>(
        `select policies from verdict_outcomes where policies @> '[{"outcome": "fail"}]'`,
      )
      return rows[0]
    },
    { what: 'the record of what the policy says' },
  )
  t.match(recorded, { policies: [{ mode: 'shadow', tried: { 'error-rate': 'fail' } }] })
  const list = async (query = '') =>
    (await product.ask<VerdictPage>({ url: `/v1/verdicts${query}` })).body
  const { verdicts } = await list('?service=shop')
  t.match(verdicts[0], {
    service: 'shop',
    pass: true,
    policies: [{ policy: 'tried', outcome: 'fail' }],
  })
  const pages: object[] = []
  let cursor: string | null = null
  do {
    const page: VerdictPage = await list(`?limit=1${cursor === null ? '' : `&cursor=${cursor}`}`)
    pages.push(...page.verdicts)
    cursor = page.next_cursor
  } while (cursor !== null)
  t.strictSame(pages, verdicts, 'page by page it is the same')
  t.strictSame(await list('?service=other'), { verdicts: [], next_cursor: null })
})

t.test('an explanation has every rule with its figures', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  await report(product, { service: 'shop', requests: SOME_ERRORS })
  const rules = [
    { type: 'error_rate', max: '5%' },
    { name: 'fast', type: 'latency', percentile: 95, max: '1ms' },
    { type: 'traffic', minRequests: 10_000 },
  ]
  t.notOk((await ask(product)).default_rules)
  const byDefault = (await ask(product, '&explain=true')).default_rules
  t.match(byDefault, [{ service: 'shop' }])
  t.match(byDefault?.[0]?.rules[3], {
    rule: 'error_rate_critical',
    mode: 'enforce',
    status: 'pass',
    findings: [
      { evidence: { err_rate_1m: 1, limits: { err_rate_1m: 20 }, left: { err_rate_1m: 19 } } },
    ],
  })
  await apply(product, policy('whole', { rules }))
  t.notOk((await ask(product)).policies[0]?.rules)
  t.strictSame((await ask(product, '&explain=true')).default_rules, [])
  const { policies } = await ask(product, '&explain=true')
  t.match(policies[0]?.rules, [
    { rule: 'error-rate', status: 'pass', findings: [{ evidence: { requests: 400, bad: 4 } }] },
    { rule: 'fast', status: 'fail' },
    { rule: 'traffic', status: 'undecided', findings: [{ reason: 'too_few_samples' }] },
  ])
})
