// Goal: policies that were never in force are tried on what happened, beside those that are; nothing changes, and what
// cannot be tried is told. Method: traffic, a release and an incident over HTTP, then backtests of the seconds in which they
// were; answers are held to /openapi.json.
import type { Role } from '@portcullis/contracts'
import t, { type Test } from 'tap'

import { tokenOf } from './product/credentials.ts'
import { openIncident, type ShownProblem } from './product/incidents.ts'
import { announce } from './product/releases.ts'
import { type Answer, type Product, startProduct } from './product/start-product.ts'
import { report } from './product/traffic.ts'

t.setTimeout(240_000)

const policy = (rule: object, mode = 'shadow') => ({
  apiVersion: 'portcullis.dev/v1',
  kind: 'ReleasePolicy',
  metadata: { name: 'tried' },
  spec: { mode, rules: [rule] },
})
/** Requests take 10 ms; the default policy likes that. */
const TOO_STRICT = policy({ type: 'latency', percentile: 95, max: '5ms' })
const YAML = `apiVersion: portcullis.dev/v1
kind: ReleasePolicy
metadata: { name: tried }
spec:
  rules: [{ type: latency, percentile: 95, max: 5ms }]
`

interface Trial {
  readonly name: string
  readonly verdicts: number
  readonly blocked_pct: number
  readonly releases: readonly { readonly incidents: readonly { readonly id: string }[] }[]
}
interface Backtested {
  readonly trials: readonly Trial[]
}

async function ask<Body = Backtested>(
  product: Product,
  query: Readonly<Record<string, string>>,
  { role = 'ops_viewer', ...given }: { role?: Role; documents?: unknown; yaml?: string } = {},
): Promise<Answer<Body>> {
  const { yaml, documents = [TOO_STRICT] } = given
  return product.ask<Body>({
    method: 'POST',
    url: `/v1/backtests?${new URLSearchParams(query)}`,
    token: await tokenOf('somebody', role),
    ...(yaml === undefined ? {} : { headers: { 'content-type': 'application/yaml' } }),
    body: yaml ?? { documents },
  })
}

/** Returns the database's present. */
async function now({ database }: Product): Promise<string> {
  const { rows } = await database.pool.query('select clock_timestamp() as now')
  return (rows[0] as { now: Date }).now.toISOString()
}

async function startWithPast(t: Test): Promise<{ product: Product; from: string; id: string }> {
  const product = await startProduct(t, { aggregator: true })
  await announce(product, { version: '1' })
  await report(product, { requests: [{ count: 50 }] })
  const from = await now(product)
  await announce(product, { version: '2' })
  const { id } = await openIncident(product)
  return { product, from, id }
}

t.test('a policy that is in no force is tried beside what is', async (t) => {
  const { product, from, id } = await startWithPast(t)
  const { status, body } = await ask(product, { from, against: 'current' })
  t.equal(status, 200)
  t.match(body, {
    ...{ from, step_s: 60, horizon_s: 3_600, service: null, environment: 'production' },
    ...{ precision: 'exact', incidents: [{ id, service: 'shop' }] },
  })
  const [given, current] = body.trials
  t.match(given, {
    ...{ name: 'given', verdicts: 1, outcomes: { pass: 0, fail: 1, undecided: 0 } },
    blocked_pct: 100,
    changes: [{ at: from, outcome: 'fail', pass: false, reasons: ['latency'] }],
    releases: [{ version: '2', held: true, reasons: ['latency'], incidents: [{ id }] }],
    ...{ held: 1, followed: 1, held_and_followed: 1, precision: 1, recall: 1 },
  })
  t.match(current, {
    ...{ name: 'current', verdicts: 1, blocked_pct: 0 },
    releases: [{ version: '2', held: false, reasons: [] }],
    ...{ held: 0, followed: 1, held_and_followed: 0, precision: null, recall: 0 },
  })
  const inForce = await product.ask({ url: '/v1/policies' })
  t.same(inForce.body, { policies: [] }, 'nothing changed')
})

t.test('it is asked as policies are applied', async (t) => {
  const { product, from } = await startWithPast(t)
  const yaml = await ask(product, { from, service: 'shop', step: '10s' }, { yaml: YAML })
  t.match(yaml, { status: 200, body: { service: 'shop', step_s: 10 } })
  t.same(
    yaml.body.trials.map(({ name, blocked_pct }) => [name, blocked_pct]),
    [['given', 100]],
  )
  const elsewhere = await ask(product, { from, environment: 'staging' })
  t.match(elsewhere.body.trials, [{ releases: [] }])

  await t.test('what is in force stays, unless it is pruned', async (t) => {
    const applied = {
      ...TOO_STRICT,
      metadata: { name: 'other' },
      spec: { rules: [{ type: 'latency', percentile: 95, max: '5ms' }] },
    }
    const body = { documents: [applied] }
    await product.ask({ method: 'POST', url: '/v1/policies', body })
    const documents = [policy({ type: 'incident' })]
    const beside = await ask(product, { from }, { documents })
    t.match(beside.body.trials, [{ changes: [{ reasons: ['latency'] }] }])
    const alone = await ask(product, { from, prune: 'true', against: 'current' }, { documents })
    t.match(alone.body.trials, [{ blocked_pct: 0 }, { blocked_pct: 100 }])
  })
})

t.test('what cannot be tried is told', async (t) => {
  const { product, from } = await startWithPast(t)
  const later = new Date(Date.now() + 3_600_000).toISOString()
  const rows: readonly [Readonly<Record<string, string>>, string][] = [
    [{}, 'from'],
    [{ from: 'yesterday' }, 'from'],
    [{ from, to: from }, 'from'],
    [{ from: later, to: from }, 'from'],
    [{ from, to: later }, 'to'],
    [{ from, step: '9s' }, 'step'],
    [{ from, step: '1' }, 'step'],
    [{ from: '2020-01-01T00:00:00Z', step: '10s' }, 'step'],
    [{ from, horizon: '30d' }, 'horizon'],
    [{ from, against: 'nothing' }, 'against'],
    [{ from, service: '' }, 'service'],
    [{ from, until: from }, 'until'],
  ]
  for (const [query, field] of rows) {
    const { status, body } = await ask<ShownProblem>(product, query)
    t.equal(status, 400, JSON.stringify(query))
    t.match(body, { code: 'INVALID_PARAMETER', errors: [{ field }] }, JSON.stringify(query))
  }
  const before = await ask<ShownProblem>(product, {
    from: '2020-01-01T00:00:00Z',
    to: from,
    step: '1h',
  })
  t.match(before, { status: 404, body: { code: 'BEFORE_THE_LOG', began_at: /^20/u } })
  const bad = await ask<ShownProblem>(
    product,
    { from },
    { documents: [policy({ type: 'latency' })] },
  )
  t.match(bad, { status: 400, body: { code: 'INVALID_BODY' } })
  const misfit = await ask(
    product,
    { from },
    { documents: [policy({ type: 'burn_rate', slo: 'gone' })] },
  )
  t.match(misfit, { status: 422, body: { code: 'POLICIES_DO_NOT_FIT' } })
  const nobody = await ask<ShownProblem>(product, { from }, { role: 'ci' })
  t.match(nobody, { status: 403, body: { needs: 'ops:read' } })
})
