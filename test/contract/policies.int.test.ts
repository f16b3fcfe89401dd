import t from 'tap'

import { tokenOf } from './product/credentials.ts'
import type { ShownProblem } from './product/incidents.ts'
import { type Product, startProduct } from './product/start-product.ts'

// Goal: what is in force is what was sent, all of it or nothing; every version stays readable, and what is wrong is
// told at its place. Method: documents over HTTP as YAML and as JSON; answers are held to /openapi.json.

const URL = '/v1/policies'
const SLO = `apiVersion: portcullis.dev/v1
kind: Slo
metadata: { name: checkout }
spec: { service: checkout, objective: 99.9% }
`
const POLICY = `apiVersion: portcullis.dev/v1
kind: ReleasePolicy
metadata: { name: checkout, description: What checkout must keep. }
spec:
  rules:
    - type: burn_rate
      slo: checkout
`
const policy = (max: string) => ({
  apiVersion: 'portcullis.dev/v1',
  kind: 'ReleasePolicy',
  metadata: { name: 'checkout' },
  spec: { mode: 'shadow', rules: [{ type: 'error_rate', max }] },
})

interface Changes {
  readonly ok: true
  readonly changes: readonly {
    readonly kind: string
    readonly name: string
    readonly change: string
  }[]
  readonly position: number | null
}

async function applyYaml(product: Product, text: string, query = '') {
  const token = await tokenOf('an operator', 'ops_admin')
  const headers = { 'content-type': 'application/yaml' }
  return product.ask<Changes>({ method: 'POST', url: `${URL}${query}`, token, headers, body: text })
}

async function applyJson(product: Product, documents: unknown, query = '') {
  const token = await tokenOf('an operator', 'ops_admin')
  return product.ask<Changes>({ method: 'POST', url: `${URL}${query}`, token, body: { documents } })
}

async function inForce(product: Product, query = ''): Promise<string[]> {
  const { body } = await product.ask<{ policies: { kind: string; name: string; mode: string }[] }>({
    url: `${URL}${query}`,
  })
  return body.policies.map(({ kind, name, mode }) => `${kind} ${name} ${mode ?? '-'}`)
}

function told({ changes }: Changes): string[] {
  return changes.map(({ kind, name, change }) => `${change} ${kind} ${name}`)
}

t.test('a file is put in force, again without effect, and a changed part of it', async (t) => {
  const product = await startProduct(t)
  const first = await applyYaml(product, `${SLO}---\n${POLICY}`)
  t.equal(first.status, 200)
  t.strictSame(told(first.body), ['added Slo checkout', 'added ReleasePolicy checkout'])
  const again = await applyYaml(product, `# a comment\n${SLO}---\n${POLICY}`)
  t.strictSame(told(again.body), ['unchanged Slo checkout', 'unchanged ReleasePolicy checkout'])
  t.equal(again.body.position, null)
  t.strictSame(told((await applyJson(product, [policy('1%')])).body), [
    'changed ReleasePolicy checkout',
  ])
  t.strictSame(await inForce(product), ['ReleasePolicy checkout shadow', 'Slo checkout -'])
  t.strictSame(await inForce(product, '?kind=Slo'), ['Slo checkout -'])
})

t.test('every version stays readable', async (t) => {
  const product = await startProduct(t)
  await applyJson(product, [policy('1%')])
  await applyJson(product, [policy('2%')])
  const one = `${URL}/ReleasePolicy/checkout`
  const { body } = await product.ask<{ history: { version: string; change: string }[] }>({
    url: `${one}/history`,
  })
  t.strictSame(
    body.history.map(({ change }) => change),
    ['applied', 'applied'],
  )
  const [second, first] = body.history
  const now = await product.ask<{ policy: { version: string; document: unknown } }>({ url: one })
  t.strictSame(now.body.policy.document, policy('2%'))
  t.equal(now.body.policy.version, second!.version)
  const before = await product.ask<{ policy: { document: unknown } }>({
    url: `${one}?version=${first!.version.slice(0, 8)}`,
  })
  t.strictSame(before.body.policy.document, policy('1%'))
  t.equal((await product.ask({ url: `${one}?version=00000000` })).status, 404)
  t.equal((await product.ask({ url: `${one}?version=xyz` })).status, 400)
  const page = await product.ask<{ history: unknown[]; next_cursor: string }>({
    url: `${one}/history?limit=1`,
  })
  const rest = await product.ask<{ history: unknown[]; next_cursor: null }>({
    url: `${one}/history?limit=1&cursor=${page.body.next_cursor}`,
  })
  t.strictSame([...page.body.history, ...rest.body.history], body.history)
  t.equal(rest.body.next_cursor, null)
})

t.test('a dry run says what would change, and changes nothing', async (t) => {
  const product = await startProduct(t)
  await applyJson(product, [policy('1%')])
  const dry = await applyJson(product, [policy('2%')], '?dry_run=true')
  t.match(dry.body, {
    dry_run: true,
    changes: [{ change: 'changed', before: policy('1%'), after: policy('2%') }],
  })
  const { body } = await product.ask<{ policy: object }>({ url: `${URL}/ReleasePolicy/checkout` })
  t.match(body.policy, { document: policy('1%') })
  t.equal((await applyYaml(product, POLICY, '?dry_run=true')).status, 422)
})

t.test('documents that would not fit together change nothing', async (t) => {
  const product = await startProduct(t)
  const alone = await applyYaml(product, POLICY)
  t.equal(alone.status, 422)
  t.match(alone.body, {
    code: 'POLICIES_DO_NOT_FIT',
    misfits: [{ kind: 'ReleasePolicy', name: 'checkout', path: ['spec', 'rules', 0, 'slo'] }],
  })
  t.strictSame(await inForce(product), [])
  await applyYaml(product, `${SLO}---\n${POLICY}`)
  t.equal((await remove(product, 'Slo/checkout')).status, 422)
  t.equal((await applyYaml(product, POLICY, '?prune=true')).status, 422)
  t.strictSame(told((await remove(product, 'ReleasePolicy/checkout')).body), [
    'removed ReleasePolicy checkout',
  ])
  t.equal((await remove(product, 'ReleasePolicy/checkout')).status, 404)
  t.equal((await product.ask({ url: `${URL}/ReleasePolicy/checkout` })).status, 404)
  const { body } = await product.ask<{ history: { change: string }[] }>({
    url: `${URL}/ReleasePolicy/checkout/history`,
  })
  t.strictSame(
    body.history.map(({ change }) => change),
    ['removed', 'applied'],
  )
  t.strictSame(told((await applyYaml(product, `${SLO}---\n${POLICY}`)).body), [
    'unchanged Slo checkout',
    'added ReleasePolicy checkout',
  ])
  t.strictSame(told((await applyJson(product, [policy('1%')], '?prune=true')).body), [
    'changed ReleasePolicy checkout',
    'removed Slo checkout',
  ])
})

t.test('what is wrong is told at its place', async (t) => {
  const product = await startProduct(t)
  const fields = (body: unknown) => (body as ShownProblem).errors?.map(({ field }) => field)
  const bad = await applyYaml(product, SLO.replace('99.9%', '99.9'))
  t.equal(bad.status, 400)
  t.match(bad.body, {
    code: 'INVALID_BODY',
    errors: [{ field: 'spec.objective', message: /\(line 4, column 39\)$/u }],
  })
  const cases: readonly [body: unknown, fields: readonly string[]][] = [
    [[policy('1')], ['/documents/0/spec/rules/0/max']],
    [[policy('1%'), policy('2%')], ['/documents/1/metadata/name']],
    [[{ ...policy('1%'), kind: 'PolicyTest' }], ['/documents/0/kind']],
    [[], ['/documents']],
    ['text', ['/documents']],
    [[1], ['/documents/0']],
    [undefined, ['/documents']],
  ]
  for (const [documents, expected] of cases) {
    const answer = await applyJson(product, documents)
    t.equal(answer.status, 400)
    t.strictSame(fields(answer.body), expected)
  }
  const nothing: readonly (readonly [text: string, code: string])[] = [
    ['', 'INVALID_BODY'],
    ['# nothing\n', 'INVALID_BODY'],
    ['a: &a [*a]', 'INVALID_BODY'],
    ['kind: PolicyTest', 'INVALID_BODY'],
    [`${SLO}#${'x'.repeat(2 * 1_024 * 1_024)}`, 'BODY_TOO_LARGE'],
  ]
  for (const [text, code] of nothing) t.match((await applyYaml(product, text)).body, { code }, code)
  t.strictSame(await inForce(product), [])
})

t.test('only who may changes policies', async (t) => {
  const product = await startProduct(t)
  const token = await tokenOf('a pipeline', 'ci')
  const body = { documents: [policy('1%')] }
  t.equal((await product.ask({ method: 'POST', url: URL, token, body })).status, 403)
  t.equal((await product.ask({ url: `${URL}/Nothing/checkout` })).status, 404)
  t.equal((await product.ask({ url: `${URL}/Slo/Not%20A%20Name/history` })).status, 404)
})

async function remove(product: Product, what: string) {
  const token = await tokenOf('an operator', 'ops_admin')
  return product.ask<Changes>({ method: 'DELETE', url: `${URL}/${what}`, token })
}
