import t from 'tap'

import { tokenOf } from './product/credentials.ts'
import type { ShownProblem } from './product/incidents.ts'
import { cursorOf, OUTSIDE, OUTSIDE_MS } from './product/instants.ts'
import { readPages } from './product/read-pages.ts'
import { announce, type ShownRelease } from './product/releases.ts'
import { type Product, startProduct } from './product/start-product.ts'
import { minutesAgo, report } from './product/traffic.ts'

// Goal: a release is announced once, known by whoever asks, and the newest is what went live last.
// Method: pipelines announce over HTTP, traffic makes versions known; answers are held to
// /openapi.json.

const URL = '/v1/releases'

async function versions(product: Product, query = ''): Promise<string[]> {
  const { body } = await product.ask<{ releases: ShownRelease[] }>({ url: `${URL}${query}` })
  return body.releases.map((one) => `${one.service} ${one.environment} ${one.version}`)
}

t.test('a release is announced, completed and found', async (t) => {
  const product = await startProduct(t)
  const at = new Date(minutesAgo(5)).toISOString()
  const first = await announce(product, { version: '1.0', at })
  t.equal(first.status, 201)
  const bare = { service: 'shop', environment: 'production', version: '1.0', source: 'api' }
  t.match(first.body, {
    ok: true,
    is_new: true,
    release: { ...bare, commit: null, url: null, announced_at: at },
  })
  t.strictSame(first.body.release.labels, {})
  const labels = { tier: 'gold', 'app/team': 'checkout' }
  const more = { commit: '0ffe4ad', url: 'https://ci.example/42', labels }
  const again = await announce(product, { version: '1.0', at, ...more })
  t.equal(again.status, 200)
  t.match(again.body, { is_new: false, release: { ...bare, ...more } })
  const { body } = await product.ask({ url: URL })
  t.same(body, { releases: [again.body.release], next_cursor: null })
  const other = await announce(product, { version: '1.0', at, labels: { tier: 'silver' } })
  t.strictSame(other.body.release.labels, { tier: 'silver' }, 'labels replace those before')
  const bareAgain = await announce(product, { version: '1.0', at })
  t.strictSame(bareAgain.body, other.body, 'none at all leave them')
})

t.test('what went live last comes first, and a roll-back did', async (t) => {
  const product = await startProduct(t)
  for (const [minutes, version] of [
    [30, '1'],
    [20, '2'],
    [10, '1'],
  ] as const) {
    await announce(product, { version, at: minutesAgo(minutes) })
  }
  t.same(await versions(product), ['shop production 1', 'shop production 2'])
})

t.test('a version that traffic shows is a release, too', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  await report(product, { version: '7', requests: [{}] })
  const { body } = await product.ask({ url: URL })
  t.match(body, {
    releases: [
      { service: 'shop', version: '7', source: 'metrics', state: 'running', labels: {}, run: 1 },
    ],
  })
  t.equal((await announce(product, { version: '7' })).status, 200, 'it was known')
})

t.test('releases come page by page, and can be narrowed', async (t) => {
  const product = await startProduct(t)
  const at = minutesAgo(1)
  for (const service of ['a', 'b']) {
    for (const environment of ['production', 'staging']) {
      // All of one instant: pages must not lose what is equal in time.
      for (const version of ['1', '2'])
        await announce(product, { service, environment, version, at })
    }
  }
  const all = await versions(product)
  t.equal(all.length, 8)
  const pages = await readPages<ShownRelease>(product, `${URL}?limit=3`, 'releases')
  t.same(
    pages.map((page) => page.length),
    [3, 3, 2],
  )
  t.same(
    pages.flat().map((one) => `${one.service} ${one.environment} ${one.version}`),
    all,
  )
  t.same(await versions(product, '?service=b&environment=staging'), ['b staging 2', 'b staging 1'])
  t.equal((await versions(product, '?environment=production')).length, 4)
  t.same(await versions(product, '?service=c'), [])
})

const MISTAKES: readonly (readonly [fields: object, field: string])[] = [
  [{ version: undefined }, '/version'],
  [{ version: '' }, '/version'],
  [{ version: 'x'.repeat(129) }, '/version'],
  [{ version: 'a\nb' }, '/version'],
  [{ service: undefined }, '/service'],
  [{ service: 'x'.repeat(129) }, '/service'],
  [{ environment: '' }, '/environment'],
  [{ commit: '' }, '/commit'],
  [{ commit: 'x'.repeat(129) }, '/commit'],
  [{ url: 'javascript:alert(1)' }, '/url'],
  [{ url: 'not a URL' }, '/url'],
  [{ url: `https://x.example/${'x'.repeat(2_048)}` }, '/url'],
  [{ labels: ['gold'] }, '/labels'],
  [{ labels: { 'a b': 'gold' } }, '/labels/a b'],
  [{ labels: { tier: '' } }, '/labels/tier'],
  [{ labels: { tier: 7 } }, '/labels/tier'],
  [
    { labels: Object.fromEntries(Array.from({ length: 33 }, (_, nth) => [`l${nth}`, 'x'])) },
    '/labels',
  ],
  [{ at: 'yesterday' }, '/at'],
  [{ at: Date.now() + 180_000 }, '/at'],
  ...OUTSIDE.map((at) => [{ at }, '/at'] as const),
  [{ author: 'me' }, '/author'],
]

const LIST_MISTAKES: readonly (readonly [query: string, field: string])[] = [
  ...['0', '501', 'all', ''].map((limit) => [`limit=${limit}`, 'limit'] as const),
  ['cursor=nonsense', 'cursor'],
  ['cursor=bnVsbA', 'cursor'],
  ...OUTSIDE_MS.map((at) => {
    const place = { at, service: 'shop', environment: 'production', version: '1' }
    return [`cursor=${cursorOf(place)}`, 'cursor'] as const
  }),
  ['service=', 'service'],
  ['environment=', 'environment'],
  ['version=1', 'version'],
]

t.test('a mistake is told with its field, and nothing is announced', async (t) => {
  const product = await startProduct(t)
  for (const [fields, field] of MISTAKES) {
    const body = { service: 'shop', version: '1', ...fields }
    const answer = await product.ask<ShownProblem>({ method: 'POST', url: URL, body })
    const name = JSON.stringify(fields).slice(0, 80)
    t.equal(answer.status, 400, name)
    t.match(answer.body, { code: 'INVALID_BODY', errors: [{ field, fix: /\S/u }] }, name)
  }
  for (const [query, field] of LIST_MISTAKES) {
    const { status, body } = await product.ask<ShownProblem>({ url: `${URL}?${query}` })
    t.equal(status, 400, query)
    t.match(body, { code: 'INVALID_PARAMETER', errors: [{ field, fix: /\S/u }] }, query)
  }
  t.same(await versions(product), [])
})

t.test(
  'a pipeline announces and does not look; a viewer looks and does not announce',
  async (t) => {
    const product = await startProduct(t)
    const viewer = await tokenOf('somebody', 'ops_viewer')
    const body = { service: 'shop', version: '1' }
    t.equal((await product.ask({ method: 'POST', url: URL, body, token: null })).status, 401)
    t.match(await product.ask({ method: 'POST', url: URL, body, token: viewer }), {
      status: 403,
      body: { code: 'FORBIDDEN', needs: 'releases:write' },
    })
    t.equal((await product.ask({ url: URL, token: null })).status, 401)
    t.match(await product.ask({ url: URL, token: await tokenOf('a pipeline', 'ci') }), {
      status: 403,
      body: { code: 'FORBIDDEN', needs: 'ops:read' },
    })
    t.equal((await product.ask({ url: URL, token: viewer })).status, 200)
  },
)
