import { DAY_MS, HOUR_MS, SECOND_MS } from '@portcullis/contracts'
import t from 'tap'

import { tokenOf } from './product/credentials.ts'
import type { ShownProblem } from './product/incidents.ts'
import { type Product, startProduct } from './product/start-product.ts'
import { report } from './product/traffic.ts'

// Goal: what cannot be gone through is refused with the parameter that must be mended, and a past that is too short gives no
// limit. Method: real batches over HTTP; answers are held to /openapi.json. What limits are made of a longer past is tested
// on a clock of its own (services/aggregator/src/suggest-limits.int.test.ts).

const URL = '/v1/policy-suggestions'

function ago(spanMs: number): string {
  return new Date(Date.now() - spanMs).toISOString()
}

function query(given: Readonly<Record<string, string>>): string {
  return `${URL}?${new URLSearchParams(given).toString()}`
}

interface Suggestion {
  readonly from: string
  readonly to: string
  readonly policy: object | null
  readonly rules: readonly { type: string; instants: number; silent: number }[]
}

t.test('what cannot be asked is refused, with the parameter', async (t) => {
  const product = await startProduct(t)
  const sound = { service: 'shop', from: ago(HOUR_MS) }
  const rows: readonly (readonly [given: Readonly<Record<string, string>>, field: string])[] = [
    [{ from: sound.from }, 'service'],
    [{ service: 'shop' }, 'from'],
    [{ ...sound, from: 'yesterday' }, 'from'],
    [{ ...sound, to: ago(2 * HOUR_MS) }, 'from'],
    [{ ...sound, from: ago(15 * DAY_MS) }, 'from'],
    [{ ...sound, from: ago(13 * DAY_MS), step: '10s' }, 'step'],
    [{ ...sound, step: '1' }, 'step'],
    [{ ...sound, step: '2h' }, 'step'],
    [{ ...sound, window: '16m' }, 'window'],
    [{ ...sound, window: '65s' }, 'window'],
    [{ ...sound, rules: 'errors' }, 'rules'],
    [{ ...sound, percentile: '100' }, 'percentile'],
    [{ ...sound, blocks: '1' }, 'blocks'],
    [{ ...sound, blocks: '100%' }, 'blocks'],
    [{ ...sound, name: 'No Name' }, 'name'],
    [{ ...sound, block: '1%' }, 'block'],
  ]
  for (const [given, field] of rows) {
    const { status, body } = await product.ask<ShownProblem>({ url: query(given) })
    t.equal(status, 400, JSON.stringify(given))
    t.match(body, { code: 'INVALID_PARAMETER' })
    t.match(JSON.stringify(body), `"field":"${field}`, JSON.stringify(given))
  }
})

async function beginLog(product: Product): Promise<void> {
  const token = await tokenOf('an operator', 'ops_admin')
  const head = { apiVersion: 'portcullis.dev/v1', kind: 'ReleasePolicy', metadata: { name: 'one' } }
  const body = { documents: [{ ...head, spec: { rules: [{ type: 'freeze' }] } }] }
  const { status } = await product.ask({ method: 'POST', url: '/v1/policies', token, body })
  t.equal(status, 200)
}

t.test(
  'a past that is too short gives no limit; one that is not over, or before the log, is refused',
  async (t) => {
    const product = await startProduct(t, { aggregator: true })
    await beginLog(product)
    const from = ago(0)
    await report(product, { service: 'shop', requests: [{ count: 200, ms: 20 }] })
    const { status, body } = await product.ask<Suggestion>({
      url: query({ service: 'shop', from }),
    })
    t.equal(status, 200)
    t.match(body, {
      service: 'shop',
      environment: 'production',
      from,
      step_ms: 60 * SECOND_MS,
      wanted_blocks_pct: 1,
      precision: 'exact',
      policy: null,
      rules: [
        { type: 'error_rate', percentile: null, max: null, why: 'too_little_history' },
        { type: 'latency', percentile: 95, max: null, why: 'too_little_history' },
      ],
    })
    t.ok(body.to > from, 'it ends with the present')
    const latency = { service: 'shop', from, rules: 'latency', percentile: '99.9', window: '1m' }
    const one = await product.ask<Suggestion>({ url: query({ ...latency, step: '10s' }) })
    t.match(one.body.rules, [{ type: 'latency', window: '1m', percentile: 99.9 }])
    const early = await product.ask({ url: query({ service: 'shop', from: ago(DAY_MS) }) })
    t.match(early, { status: 404, body: { code: 'BEFORE_THE_LOG' } })
    const late = await product.ask({ url: query({ service: 'shop', from, to: ago(-HOUR_MS) }) })
    t.match(late, { status: 400, body: { code: 'INVALID_PARAMETER', errors: [{ field: 'to' }] } })
  },
)
