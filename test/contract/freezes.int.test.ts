import { DAY_MS, HOUR_MS } from '@portcullis/contracts'
import t from 'tap'

import { tokenOf } from './product/credentials.ts'
import { type Product, startProduct } from './product/start-product.ts'

// Goal: a freeze that somebody starts is on until its end or until somebody ends it, and what was on is known of every
// instant. Method: freezes by hand and of files over HTTP; answers are held to /openapi.json.

const URL = '/v1/freezes'

interface Standing {
  readonly name: string
  readonly status: string
  readonly until: string
  readonly [member: string]: unknown
}
interface Changes {
  readonly changes: readonly { readonly change: string; readonly name: string }[]
  readonly code?: string
}

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString()

async function post(product: Product, url: string, body?: unknown) {
  const token = await tokenOf('ann')
  return product.ask<Changes>({ method: 'POST', url, token, body })
}

const start = async (product: Product, over: object = {}) =>
  post(product, URL, { reason: 'The provider is down.', until: inMs(HOUR_MS), ...over })

async function standing(product: Product, query = ''): Promise<readonly Standing[]> {
  return (await product.ask<{ freezes: Standing[] }>({ url: `${URL}${query}` })).body.freezes
}

const told = async (product: Product, query = '') =>
  (await standing(product, query)).map(({ name, status }) => `${name} ${status}`)

const filed = (name: string, schedule: object) => ({
  apiVersion: 'portcullis.dev/v1',
  kind: 'Freeze',
  metadata: { name },
  spec: { reason: 'nobody is here', schedule },
})

t.test('a freeze is on from its start until its end', async (t) => {
  const product = await startProduct(t)
  const until = inMs(HOUR_MS)
  const selector = { services: ['checkout*'] }
  const over = { name: 'provider', until, selector, exceptLabels: { hotfix: 'true' } }
  const answer = await start(product, over)
  t.equal(answer.status, 200)
  t.match(answer.body.changes, [{ change: 'added', name: 'provider' }])
  const [freeze] = await standing(product)
  t.match(freeze, {
    ...{ name: 'provider', status: 'active', reason: 'The provider is down.', until, selector },
    ...{ except_labels: { hotfix: 'true' }, recurs: false, changed_by: 'ann' },
  })
  t.strictSame(await told(product, `?at=${inMs(2 * HOUR_MS)}`), [])
  t.strictSame(await told(product, `?at=${inMs(-HOUR_MS)}`), [], 'it was not yet there')
  const { body } = await product.ask<{ policies: { name: string }[] }>({
    url: '/v1/policies?kind=Freeze',
  })
  t.match(body.policies, [{ name: 'provider' }], 'it is a document like others')
})

t.test('a freeze that is ended early is over, and its history tells of it', async (t) => {
  const product = await startProduct(t)
  const { name } = (await start(product)).body.changes[0]!
  t.match(name, /^freeze-\d{4}-\d{2}-\d{2}-[0-9a-f]{6}$/u)
  const before = new Date().toISOString()
  const ended = await post(product, `${URL}/${name}/end`)
  t.match(ended.body.changes, [{ change: 'removed', name }])
  t.strictSame(await told(product), [])
  t.strictSame(await told(product, `?at=${before}`), [`${name} active`], 'it was on then')
  const { body } = await product.ask<{ history: { change: string; by: string }[] }>({
    url: `/v1/policies/Freeze/${name}/history`,
  })
  t.match(body.history, [
    { change: 'removed', by: 'ann' },
    { change: 'applied', by: 'ann' },
  ])
  t.equal((await post(product, `${URL}/${name}/end`)).status, 404)
})

t.test(
  'freezes of files are listed with those by hand, and pruning spares the latter',
  async (t) => {
    const product = await startProduct(t)
    const nights = filed('nights', {
      rrule: 'FREQ=DAILY;BYHOUR=22',
      duration: '8h',
      timeZone: 'Europe/Berlin',
    })
    const far = filed('far', { from: inMs(60 * DAY_MS), to: inMs(61 * DAY_MS) })
    t.equal((await post(product, '/v1/policies', { documents: [nights, far] })).status, 200)
    await start(product, { name: 'by-hand', until: inMs(3 * DAY_MS) })
    const names = async (query = '') =>
      (await standing(product, query)).map(({ name }) => name).toSorted()
    t.strictSame(await names(), ['by-hand', 'nights'])
    t.strictSame(await names(`?at=${inMs(50 * DAY_MS)}`), ['far', 'nights'])
    const pruned = await post(product, '/v1/policies?prune=true', { documents: [far] })
    t.match(pruned.body.changes, [{ change: 'unchanged' }, { change: 'removed', name: 'nights' }])
    t.strictSame(await names(), ['by-hand'])
  },
)

t.test('what cannot be is refused', async (t) => {
  const product = await startProduct(t)
  const field = (body: unknown) => (body as { errors: { field: string }[] }).errors[0]?.field
  for (const over of [{ until: inMs(-1_000) }, { until: undefined }]) {
    const { status, body } = await start(product, over)
    t.equal(status, 400)
    t.equal(field(body), '/until')
  }
  t.equal(field((await start(product, { reason: '' })).body), '/reason')
  t.equal(field((await start(product, { name: 'No Name' })).body), '/name')
  await start(product, { name: 'one' })
  const twice = await start(product, { name: 'one', until: inMs(2 * HOUR_MS) })
  t.equal(twice.status, 409)
  t.match(twice.body, { code: 'FREEZE_STATE_FORBIDS', reason: 'freeze_already_there' })
  const nights = filed('nights', {
    rrule: 'FREQ=DAILY;BYHOUR=22',
    duration: '8h',
    timeZone: 'Europe/Berlin',
  })
  await post(product, '/v1/policies', { documents: [nights] })
  t.match((await post(product, `${URL}/nights/end`)).body, { reason: 'freeze_comes_again' })
  t.equal((await post(product, `${URL}/No%20Name/end`)).status, 404)
  t.equal((await product.ask({ url: `${URL}?at=yesterday` })).status, 400)
  const token = await tokenOf('a pipeline', 'ci')
  const body = { reason: 'no', until: inMs(HOUR_MS) }
  t.equal((await product.ask({ method: 'POST', url: URL, token, body })).status, 403)
})

t.test('a freeze that could never work is refused at its place', async (t) => {
  const product = await startProduct(t)
  const endless = filed('endless', { rrule: 'FREQ=DAILY', duration: '1d', timeZone: 'UTC' })
  const answer = await post(product, '/v1/policies', { documents: [endless] })
  t.equal(answer.status, 422)
  t.match(answer.body, {
    code: 'POLICIES_DO_NOT_FIT',
    misfits: [{ kind: 'Freeze', name: 'endless', path: ['spec', 'schedule', 'duration'] }],
  })
})
