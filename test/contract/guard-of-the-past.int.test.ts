import { HOUR_MS } from '@portcullis/contracts'
import { waitFor } from '@portcullis/testkit'
import t from 'tap'

import { tokenOf } from './product/credentials.ts'
import { openIncident, type ShownProblem } from './product/incidents.ts'
import { againOf, settledAt, verdictAlone } from './product/past.ts'
import { type Answer, type Product, startProduct } from './product/start-product.ts'
import { bucketBegins, report } from './product/traffic.ts'
import { askGuard, reasonsOf, type ShownVerdict } from './product/verdicts.ts'

// Goal: the guard says of an instant what it said then, whatever happened since, and an answer can be had again byte for
// byte. Method: verdicts are kept, then requests, people and policies change them, and they are asked for once more, on
// another gateway too; answers are held to /openapi.json.

t.setTimeout(240_000)

const URL = '/ops/release-guard'

/** Incidents count from the moment they open. */
const EVERY_INCIDENT = { 'x-guard-min-esc-level': '0' }

const QUESTIONS: readonly (readonly [query: string, headers?: Readonly<Record<string, string>>])[] =
  [
    [''],
    ['service=shop'],
    ['service=shop&explain=true'],
    ['service=shop&version=1.4.2&allow_warn=false&check_regress=true'],
    ['service=billing', EVERY_INCIDENT],
    ['service=billing&hard_error_pct=0.5&min_samples=1&blocked_status=409'],
    ['service=nobody&explain=true'],
    ['environment=staging&blocked_status=200', EVERY_INCIDENT],
  ]

const policy = (name: string, spec: object) => {
  return { apiVersion: 'portcullis.dev/v1', kind: 'ReleasePolicy', metadata: { name }, spec }
}
/** More requests than anybody reports here. */
const BUSY = policy('busy', { rules: [{ type: 'traffic', minRequests: 5_000 }] })

async function operate(product: Product, ask: Parameters<Product['ask']>[0]) {
  const token = await tokenOf('an operator')
  const answer = await product.ask({ method: 'POST', token, ...ask })
  if (answer.status >= 300) throw new Error(JSON.stringify(answer.body))
  return answer.body
}

const apply = async (product: Product, ...documents: object[]) =>
  operate(product, { url: '/v1/policies', body: { documents } })
const resolve = async (product: Product, id: string) =>
  operate(product, { url: `/ops/incidents/${id}/resolve` })

async function grantWaiver(product: Product): Promise<string> {
  const until = new Date(Date.now() + HOUR_MS).toISOString()
  const scope = { service: 'shop', environment: 'production' }
  const body = { ...scope, reason: 'there is no traffic yet', until }
  const { waiver } = (await operate(product, { url: '/v1/waivers', body })) as {
    waiver: { id: string }
  }
  return waiver.id
}

/** Asks about the past; says that nobody is told to come back. */
async function askThen(
  product: Product,
  query: string,
  { gateway = 0, headers = {} }: { gateway?: number; headers?: Record<string, string> } = {},
) {
  const answer = await product.askGateway<ShownVerdict>(gateway, {
    url: `${URL}?${query}`,
    headers,
  })
  if (answer.headers['retry-after'] !== undefined) throw new Error('what was does not change')
  return answer
}

t.test('a verdict that is asked for again is the same, byte for byte', async (t) => {
  const product = await startProduct(t, { aggregator: true, gateways: 2 })
  await bucketBegins()
  const failing = [{ count: 9 }, { count: 6, status: 503, ms: 900 }]
  await report(product, { version: '1.4.2', requests: failing })
  await report(product, { service: 'billing', requests: [{ count: 99 }, { status: 500 }] })
  await report(product, { environment: 'staging', requests: [{ count: 9, ms: 310 }] })
  const { id } = await openIncident(product, { service: 'billing', severity: 'critical' })
  await openIncident(product, { environment: 'staging' })
  const ask = async () =>
    Promise.all(QUESTIONS.map(([query, headers]) => askGuard(product, `?${query}`, headers)))
  const given = [await ask()]
  await apply(product, BUSY)
  given.push(await ask())
  const waiver = await grantWaiver(product)
  given.push(await ask())
  await report(product, { version: '1.4.3', requests: [{ count: 50 }] })
  given.push(await ask())
  const outcomes = new Set(given.flat().map(({ body }) => body.outcome))
  t.strictSame(outcomes, new Set(['pass', 'fail', 'undecided']), 'all that there is to say')

  await resolve(product, id)
  await operate(product, { url: `/v1/waivers/${waiver}/revoke` })
  await operate(product, { method: 'DELETE', url: '/v1/policies/ReleasePolicy/busy' })
  const late = [{ count: 30, status: 500, at: Date.now() - 20_000 }]
  await report(product, { service: 'billing', requests: late })
  for (const [nth, answers] of given.entries()) {
    for (const [at, [query, headers = {}]] of QUESTIONS.entries()) {
      const then = answers[at]!
      const asked = `${query}&${againOf(then.body)}`.replace(/^&/u, '')
      const again = await askThen(product, asked, { gateway: nth % 2, headers })
      const name = `round ${nth}, ${query}`
      t.equal(again.status, then.status, name)
      t.strictSame(verdictAlone(again.body), verdictAlone(then.body), name)
      t.strictSame(headersOf(again), headersOf(then), name)
      t.match(again.body, { precision: 'exact' })
    }
  }
})

const headersOf = ({ headers }: Answer<unknown>) => [
  headers['etag'],
  headers['x-portcullis-position'],
]

t.test('an instant alone tells what was answered then, whatever changed since', async (t) => {
  const product = await startProduct(t, { aggregator: true, gateways: 2 })
  await bucketBegins()
  await report(product, { version: '1', requests: [{ count: 20 }] })
  const quiet = await settledAt(product)
  const before = await askGuard(product, '?service=shop')
  t.match(before, { status: 200, body: { release: '1', warnings: [] } })
  t.equal(Object.hasOwn(before.body, 'precision'), false, 'of the present nothing is said')

  await report(product, { version: '2', requests: [{ count: 20, status: 500 }] })
  const failing = await settledAt(product)
  const blocked = await askGuard(product, '?service=shop')
  t.equal(blocked.status, 503)

  const passed = await askThen(product, `service=shop&at=${quiet}`)
  t.match(passed, { status: 200, body: { release: '1', outcome: 'pass', precision: 'exact' } })
  t.strictSame(verdictAlone(passed.body), verdictAlone({ ...before.body, ...asOfOf(passed.body) }))
  for (const at of [failing, String(Date.parse(failing)), failing.replace('Z', '%2B00:00')]) {
    const then = await askThen(product, `service=shop&at=${at}`, { gateway: 1 })
    t.match(then, { status: 503, body: { release: '2', outcome: 'fail', as_of: asOf(failing) } })
    t.strictSame(reasonsOf(then.body.violations), reasonsOf(blocked.body.violations))
  }
  const asked = `service=shop&at=${failing}&blocked_status=409`
  t.equal((await askThen(product, asked)).status, 409)
  const parts = await askThen(product, `service=shop&version=1&at=${failing}`)
  t.match(
    parts,
    { status: 200, body: { version: '1' } },
    'parameters count as they do of the present',
  )
})

/** What follows from the second in which a question is asked. */
function asOfOf({ as_of, heads, position }: ShownVerdict) {
  return { as_of, heads, position }
}

/** The second of an instant. */
function asOf(at: string): string {
  return at.replace(/\.\d{3}Z$/u, '.000Z')
}

t.test('incidents, policies and waivers that are over still judge the past', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  await report(product, { requests: [{ count: 20 }] })
  const before = await settledAt(product)
  const { id } = await openIncident(product)
  const open = await settledAt(product)
  await resolve(product, id)
  await apply(product, BUSY)
  const busy = await settledAt(product)
  const waiver = await grantWaiver(product)
  const waived = await settledAt(product)
  await operate(product, { url: `/v1/waivers/${waiver}/revoke` })
  const revoked = await settledAt(product)
  await operate(product, { method: 'DELETE', url: '/v1/policies/ReleasePolicy/busy' })
  t.match(await askGuard(product, '?service=shop', EVERY_INCIDENT), { body: { pass: true } })

  const ask = async (at: string) =>
    (await askThen(product, `service=shop&at=${at}`, { headers: EVERY_INCIDENT })).body
  t.match(await ask(before), { outcome: 'pass', policies: [] })
  t.match(await ask(open), {
    outcome: 'fail',
    violations: [{ reason: 'incident_open', evidence: { incident_id: id } }],
  })
  const needs = { reason: 'too_few_samples', policy: 'busy' }
  t.match(await ask(busy), { outcome: 'undecided', pass: false, violations: [needs], waived: [] })
  t.match(await ask(waived), { pass: true, violations: [], waived: [{ ...needs, waiver }] })
  t.match(await ask(revoked), {
    outcome: 'undecided',
    pass: false,
    violations: [needs],
    waived: [],
  })
})

t.test('traffic that came before the first event is told, too', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  const nothing = await product.ask<ShownProblem>({ url: `${URL}?at=${new Date().toISOString()}` })
  t.match(nothing, { status: 404, body: { code: 'BEFORE_THE_LOG', began_at: null } })
  await report(product, { requests: [{ count: 20 }] })
  const given = await askGuard(product)
  const again = await askThen(product, againOf(given.body))
  t.equal(again.headers['etag'], given.headers['etag'])
  const { rows } = await product.database.pool.query<{ at: Date }>(
    'select min(recorded_at) as at from metric_batches',
  )
  const began = rows[0]!.at
  t.match(await askThen(product, `at=${began.toISOString()}`), { status: 200 })
  const before = await product.ask<ShownProblem>({ url: `${URL}?at=${began.getTime() - 1}` })
  t.match(before, { status: 404, body: { began_at: began.toISOString() } })
})

t.test('a change that was recorded is the verdict that is given for its heads', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  const { pool } = product.database
  await bucketBegins()
  await report(product, { version: '1', requests: [{ count: 20 }] })
  await report(product, { requests: [{ count: 20, status: 500 }] })
  await apply(product, BUSY)
  await grantWaiver(product)
  const recorded = await waitFor(
    async () => {
      const { rows } = await pool.query<{
        data: Pick<ShownVerdict, 'outcome' | 'pass'> & Recorded
      }>(`select data from events where type = 'verdict.changed' order by position`)
      const last = rows.at(-1)?.data
      return last?.pass === true && last.outcome === 'pass' && rows.length > 1 && rows
    },
    { what: 'the record of a waived verdict', timeoutMs: 30_000 },
  )
  for (const { data } of recorded) {
    const { outcome, pass, asOf: at, heads } = data
    const again = againOf({ as_of: new Date(at).toISOString(), heads })
    t.match((await askThen(product, `service=shop&${again}`)).body, { outcome, pass })
  }
})

interface Recorded extends Pick<ShownVerdict, 'heads'> {
  readonly asOf: number
}
