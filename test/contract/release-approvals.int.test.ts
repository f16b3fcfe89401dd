import t from 'tap'

import { tokenOf } from './product/credentials.ts'
import { announce, showRelease, steer } from './product/releases.ts'
import { type Product, startProduct } from './product/start-product.ts'

// Goal: who said yes to a release is known, each of them once, and nobody says it who may not. Method: people and
// keys approve over HTTP and take it back, alone and at once; answers are held to /openapi.json.

const ann = () => tokenOf('ann', 'ops_admin')
const bob = () => tokenOf('bob', 'ops_admin')

async function approvers(product: Product, version = '1'): Promise<string[]> {
  const { body } = await showRelease(product, version)
  return body.release.approvals.map(({ by }) => by)
}

t.test('people and keys say yes, each of them once', async (t) => {
  const product = await startProduct(t)
  await announce(product, { version: '1' })
  const first = await steer(
    product,
    'approve',
    { version: '1', reason: 'I tried it' },
    { token: await ann() },
  )
  t.equal(first.status, 200)
  t.match(first.body.release, { state: 'running', approvals: [{ by: 'ann', role: 'ops_admin' }] })
  const again = await steer(product, 'approve', { version: '1' }, { token: await ann() })
  t.equal(again.status, 200)
  t.strictSame(again.body, first.body, 'a repetition renews nothing')
  await steer(product, 'approve', { version: '1' }, { token: await bob() })
  await steer(product, 'approve', { version: '1' })
  t.same(await approvers(product), ['ann', 'bob', 'first-admin'])
  const { body } = await showRelease(product, '1')
  t.match(body.history, [
    { type: 'release.approved', who: { name: 'first-admin', kind: 'key' } },
    { type: 'release.approved', who: { name: 'bob', kind: 'person' } },
    { type: 'release.approved', what: { by: 'ann', role: 'ops_admin' }, note: 'I tried it' },
    { type: 'release.announced' },
  ])
  const list = await product.ask<{ releases: unknown[] }>({ url: '/v1/releases' })
  t.strictSame(list.body.releases, [body.release])
})

t.test('a yes is taken back by who gave it, and can be given again', async (t) => {
  const product = await startProduct(t)
  await announce(product, { version: '1' })
  await steer(product, 'approve', { version: '1' }, { token: await ann() })
  const nothing = await steer(product, 'revoke-approval', { version: '1' }, { token: await bob() })
  t.equal(nothing.status, 200)
  t.same(await approvers(product), ['ann'], 'nobody takes back what somebody else said')
  const revoked = await steer(
    product,
    'revoke-approval',
    { version: '1', reason: 'the canary is slow' },
    { token: await ann() },
  )
  t.match(revoked.body, { ok: true, release: { approvals: [] } })
  await steer(product, 'approve', { version: '1' }, { token: await ann() })
  t.same(await approvers(product), ['ann'])
  t.match((await showRelease(product, '1')).body.history, [
    { type: 'release.approved', note: null },
    { type: 'release.approval_revoked', note: 'the canary is slow' },
    { type: 'release.approved' },
    { type: 'release.announced' },
  ])
})

t.test('approvals belong to a run of the release', async (t) => {
  const product = await startProduct(t)
  await announce(product, { version: '1' })
  await steer(product, 'approve', { version: '1' }, { token: await ann() })
  await steer(product, 'rollback', { version: '1' })
  t.same(await approvers(product), ['ann'], 'they stay to be seen')
  const late = await steer(product, 'approve', { version: '1' }, { token: await bob() })
  t.match(late, { status: 409, body: { reason: 'release_already_rolled_back' } })
  await announce(product, { version: '1' })
  t.same(await approvers(product), [])
  await steer(product, 'approve', { version: '1' }, { token: await bob() })
  t.same(await approvers(product), ['bob'])
})

t.test('two who approve at once are both counted, and one who does it twice once', async (t) => {
  const product = await startProduct(t, { gateways: 2 })
  await product.startEscalator()
  await announce(product, { version: '1' })
  const tokens = [await ann(), await bob(), await ann(), await bob()]
  const body = { service: 'shop', version: '1' }
  const answers = await Promise.all(
    tokens.map((token, nth) =>
      product.askGateway(nth % 2, { method: 'POST', url: '/v1/releases/approve', token, body }),
    ),
  )
  t.same(
    answers.map(({ status }) => status),
    [200, 200, 200, 200],
  )
  t.same((await approvers(product)).toSorted(), ['ann', 'bob'])
  t.same(product.grave, [])
})

t.test('a pipeline moves releases and approves none; a viewer only looks', async (t) => {
  const product = await startProduct(t)
  await announce(product, { version: '1' })
  const pipeline = await tokenOf('a pipeline', 'ci')
  const viewer = await tokenOf('somebody', 'ops_viewer')
  for (const word of ['approve', 'revoke-approval']) {
    for (const token of [pipeline, viewer]) {
      t.match(await steer(product, word, { version: '1' }, { token }), {
        status: 403,
        body: { code: 'FORBIDDEN', needs: 'releases:approve' },
      })
    }
  }
  for (const word of ['promote', 'finish', 'rollback', 'abort']) {
    t.match(await steer(product, word, { version: '1' }, { token: viewer }), {
      status: 403,
      body: { needs: 'releases:write' },
    })
  }
  t.equal((await steer(product, 'promote', { version: '1' }, { token: pipeline })).status, 200)
  const one = '/v1/releases/shop/production/1'
  t.equal((await product.ask({ url: one, token: viewer })).status, 200)
  t.equal((await product.ask({ url: one, token: pipeline })).status, 403)
  t.equal((await product.ask({ url: one, token: null })).status, 401)
  t.same(await approvers(product), [])
})
