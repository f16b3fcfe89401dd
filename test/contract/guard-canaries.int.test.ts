import t from 'tap'

import { tokenOf } from './product/credentials.ts'
import { type Product, startProduct } from './product/start-product.ts'
import { minutesAgo, report } from './product/traffic.ts'

// Goal: while two versions run, the new one is compared with the old one, bucket by bucket, and every gateway comes to
// the same; labels, approvals, freezes and waivers of a release count at once. Method: releases announced over HTTP,
// batches that name their version; answers are held to /openapi.json.

interface ShownVerdict {
  readonly outcome: string
  readonly pass: boolean
  readonly violations: readonly { reason: string; policy?: string; evidence: object }[]
  readonly waived: readonly { reason: string; waiver: string }[]
  readonly policies: readonly { policy: string; rules: readonly object[] }[]
}

async function send(product: Product, url: string, body: object, role = 'ops_admin' as const) {
  const token = await tokenOf('an operator', role)
  const answer = await product.ask({ method: 'POST', url, token, body })
  t.ok(answer.status < 300, `${url}: ${JSON.stringify(answer.body)}`)
  return answer.body
}

function policy(name: string, spec: object) {
  return { apiVersion: 'portcullis.dev/v1', kind: 'ReleasePolicy', metadata: { name }, spec }
}

async function ask(product: Product, query = '', gateway = 0): Promise<ShownVerdict> {
  const url = `/ops/release-guard?service=shop&blocked_status=200&explain=true${query}`
  return (await product.askGateway<ShownVerdict>(gateway, { url })).body
}

async function announce(product: Product, version: string, minutes: number, more: object = {}) {
  const at = new Date(minutesAgo(minutes)).toISOString()
  await send(product, '/v1/releases', { service: 'shop', version, at, ...more })
}

/** Reports what both versions did in each of some minutes. */
async function bothRun(product: Product, badOfNew: number): Promise<void> {
  for (let ago = 10; ago >= 1; ago -= 1) {
    const at = minutesAgo(ago)
    await report(product, {
      version: '1.0',
      requests: [
        { count: 297, at },
        { count: 3, status: 500, at },
      ],
    })
    await report(product, {
      version: '2.0',
      requests: [
        { count: 100 - badOfNew, at },
        { count: badOfNew, status: 500, at },
      ],
    })
  }
}

t.test(
  'a canary that is worse than what runs beside it is held back, on every gateway',
  async (t) => {
    const product = await startProduct(t, { aggregator: true, gateways: 2 })
    const rules = [{ type: 'canary', of: ['errors'] }]
    await send(product, '/v1/policies', { documents: [policy('canary', { rules })] })
    t.match(await ask(product), { outcome: 'undecided', violations: [{ reason: 'too_early' }] })
    await announce(product, '1.0', 50)
    await announce(product, '2.0', 12)
    await bothRun(product, 20)
    const found = await ask(product)
    t.match(found, {
      outcome: 'fail',
      violations: [{ reason: 'canary', evidence: { of: 'errors', against: 'beside' } }],
    })
    t.strictSame(
      (await ask(product, '', 1)).policies,
      found.policies,
      'the other gateway says the same',
    )
    await send(product, '/v1/releases/rollback', { service: 'shop', version: '2.0' })
    t.match(await ask(product), { outcome: 'undecided', violations: [{ reason: 'too_early' }] })
  },
)

t.test('a canary that hardly fails is let through', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  const rules = [{ type: 'canary', of: ['errors'], negligible: '5%' }]
  await send(product, '/v1/policies', { documents: [policy('canary', { rules })] })
  await announce(product, '1.0', 50)
  await announce(product, '2.0', 12)
  await bothRun(product, 1)
  t.match(await ask(product), { outcome: 'pass', violations: [] })
})

t.test('between the end of a run and the next release there is no canary to judge', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  const rules = [{ type: 'canary', of: ['errors'] }]
  await send(product, '/v1/policies', { documents: [policy('canary', { rules })] })
  const isHeld = { outcome: 'undecided', violations: [{ reason: 'too_early' }] }
  await announce(product, '1.0', 50)
  t.match(await ask(product), isHeld, 'the first version ever has nothing to be compared with')
  await send(product, '/v1/releases/finish', { service: 'shop', version: '1.0' })
  t.match(await ask(product), { outcome: 'pass', violations: [] })
  t.match(await ask(product, '&version=2.0'), isHeld, 'nothing is known of it')
  await announce(product, '2.0', 1)
  t.match(await ask(product), isHeld)
  await send(product, '/v1/releases/abort', { service: 'shop', version: '2.0' })
  t.match(await ask(product), { outcome: 'pass', violations: [] }, '1.0 is live again')
})

t.test('labels, approvals, freezes and waivers count at once', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  const gold = policy('gold', {
    selector: { labels: { tier: 'gold' } },
    rules: [{ type: 'approval', role: 'ops_admin' }, { type: 'freeze' }],
  })
  await send(product, '/v1/policies', { documents: [gold] })
  await announce(product, '1.0', 5, { labels: { tier: 'gold' } })
  await announce(product, '2.0', 3)
  const gates = (verdict: ShownVerdict) => verdict.policies.map((one) => one.policy)
  t.strictSame(gates(await ask(product)), [], 'the newest release has no such label')
  const asked = '&version=1.0'
  t.match(await ask(product, asked), { outcome: 'fail', violations: [{ reason: 'approval' }] })
  await send(product, '/v1/releases/approve', { service: 'shop', version: '1.0' })
  t.match(await ask(product, asked), { outcome: 'pass' })
  const until = new Date(Date.now() + 3_600_000).toISOString()
  await send(product, '/v1/freezes', { name: 'party', reason: 'a party', until })
  t.match(await ask(product, asked), {
    outcome: 'fail',
    violations: [{ reason: 'freeze', policy: 'gold' }],
  })
  t.match(await ask(product), { outcome: 'fail', violations: [{ reason: 'freeze' }] })
  await send(product, '/v1/waivers', { service: 'shop', version: '1.0', reason: 'it mends', until })
  const waived = await ask(product, asked)
  t.match(waived, { outcome: 'pass', pass: true, violations: [], waived: [{ reason: 'freeze' }] })
  t.match(await ask(product), { outcome: 'fail' }, 'the waiver is for one version')
})
