import { DAY_MS, HOUR_MS } from '@portcullis/contracts'
import { waitFor } from '@portcullis/testkit'
import t from 'tap'

import { tokenOf } from './product/credentials.ts'
import { type Ask, type Product, startProduct } from './product/start-product.ts'

// Goal: a waiver is granted by who may, approved by somebody else, ends by itself, and stays readable. Method: people with
// tokens of their own over HTTP, some of them at the same moment; answers are held to /openapi.json.

const URL = '/v1/waivers'

interface Waiver {
  readonly id: string
  readonly status: string
  readonly [member: string]: unknown
}
interface WaiverAnswer {
  readonly waiver: Waiver
  readonly code?: string
  readonly reason?: string
}

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString()

function grantOf(over: object = {}): object {
  return {
    service: 'checkout',
    environment: 'production',
    reason: '1.4.3 mends it',
    until: inMs(HOUR_MS),
    ...over,
  }
}

async function as(product: Product, who: string, ask: Ask) {
  return product.ask<WaiverAnswer>({ method: 'POST', token: await tokenOf(who), ...ask })
}

const grant = async (product: Product, who = 'ann', over: object = {}) =>
  as(product, who, { url: URL, body: grantOf(over) })

async function list(product: Product, query = ''): Promise<string[]> {
  const { body } = await product.ask<{ waivers: Waiver[] }>({ url: `${URL}${query}` })
  return body.waivers.map(({ id }) => id)
}

t.test('a waiver shows who let what through, why and until when', async (t) => {
  const product = await startProduct(t)
  const until = inMs(2 * HOUR_MS)
  const over = { version: '1.4.3', policies: ['default'], rules: ['error_rate_critical'], until }
  const granted = await grant(product, 'ann', over)
  t.equal(granted.status, 201)
  t.match(granted.body.waiver, {
    ...{ status: 'active', service: 'checkout', environment: 'production', ...over },
    ...{ reason: '1.4.3 mends it', needs_second: false, granted_by: 'ann', approved_by: null },
  })
  const { id } = granted.body.waiver
  const shown = await product.ask<WaiverAnswer>({ url: `${URL}/${id}` })
  t.strictSame(shown.body.waiver, granted.body.waiver)
  const { rows } = await product.database.pool.query<{ text: string }>(
    `select data::text as text from events where type = 'waiver.granted'`,
  )
  t.notMatch(rows[0]!.text, /mends/u, 'the log does not tell the reason')
  const revoked = await as(product, 'bob', { url: `${URL}/${id}/revoke` })
  t.match(revoked.body.waiver, { status: 'revoked', revoked_by: 'bob' })
  t.equal((await as(product, 'ann', { url: `${URL}/${id}/revoke` })).status, 200, 'twice is once')
})

t.test('where two people are asked for, a second one approves', async (t) => {
  const product = await startProduct(t, { env: { PORTCULLIS_WAIVER_APPROVALS: '2' } })
  const { waiver } = (await grant(product)).body
  t.match(waiver, { status: 'pending', needs_second: true })
  const own = await as(product, 'ann', { url: `${URL}/${waiver.id}/approve` })
  t.equal(own.status, 403)
  t.match(own.body, { code: 'WAIVER_NEEDS_ANOTHER', reason: 'waiver_needs_another' })
  const url = `${URL}/${waiver.id}/approve`
  const byKey = await product.ask<WaiverAnswer>({ method: 'POST', url })
  t.match(byKey.body.waiver, { status: 'active' }, 'a key counts as a person does')
  const again = await as(product, 'carol', { url: `${URL}/${waiver.id}/approve` })
  t.strictSame(again.body.waiver, byKey.body.waiver, 'a third one changes nothing')
})

t.test('one waiver may ask for a second person where the installation does not', async (t) => {
  const product = await startProduct(t)
  const { waiver } = (await grant(product, 'ann', { needs_second: true })).body
  t.match(waiver, { status: 'pending' })
  const answers = await Promise.all(
    ['ann', 'bob', 'carol'].map((who) => as(product, who, { url: `${URL}/${waiver.id}/approve` })),
  )
  const [own, ...others] = answers.map(({ status }) => status)
  t.ok(own === 403 || own === 200, 'hers comes before the others, or after')
  t.strictSame(others, [200, 200])
  const { rows } = await product.database.pool.query<{ type: string }>(
    `select type from events where type like 'waiver.%' order by position`,
  )
  t.strictSame(
    rows.map(({ type }) => type),
    ['waiver.granted', 'waiver.approved'],
    'it is approved once',
  )
})

t.test('two waivers at once are two waivers, and both can be read', async (t) => {
  const product = await startProduct(t, { gateways: 2 })
  const token = await tokenOf('ann')
  const both = await Promise.all(
    [0, 1].map((nth) =>
      product.askGateway<WaiverAnswer>(nth, { method: 'POST', url: URL, token, body: grantOf() }),
    ),
  )
  t.strictSame(
    both.map(({ status }) => status),
    [201, 201],
  )
  const ids = both.map(({ body }) => body.waiver.id).toSorted()
  t.strictSame((await list(product)).toSorted(), ids)
  const headers = { 'idempotency-key': 'the same click' }
  const body = grantOf()
  const retries = await Promise.all(
    [0, 1].map((nth) =>
      product.askGateway<WaiverAnswer>(nth, { method: 'POST', url: URL, token, body, headers }),
    ),
  )
  t.equal(new Set(retries.map((one) => one.body.waiver.id)).size, 1, 'a retry is the same one')
})

t.test('a waiver ends by itself, and can be neither approved nor revoked then', async (t) => {
  const product = await startProduct(t)
  const ending = (await grant(product, 'ann', { needs_second: true, until: inMs(3_000) })).body
  const lasting = (await grant(product)).body
  const pending = await list(product, '?status=pending')
  t.ok(pending.includes(ending.waiver.id) || (await list(product, '?status=ended')).length === 1)
  await waitFor(async () => (await list(product, '?status=ended')).length === 1, {
    what: 'the end of the waiver',
    timeoutMs: 20_000,
  })
  const url = `${URL}/${ending.waiver.id}`
  t.match((await product.ask<WaiverAnswer>({ url })).body.waiver, { status: 'ended' })
  for (const what of ['approve', 'revoke']) {
    const late = await as(product, 'bob', { url: `${url}/${what}` })
    t.equal(late.status, 409)
    t.match(late.body, { code: 'WAIVER_STATE_FORBIDS', reason: 'waiver_has_ended' })
  }
  t.strictSame(await list(product, '?status=active'), [lasting.waiver.id])
  t.strictSame(await list(product, '?status=active,ended'), [lasting.waiver.id, ending.waiver.id])
})

t.test('waivers are listed page by page, and by what they are about', async (t) => {
  const product = await startProduct(t)
  const ids: string[] = []
  for (const service of ['a', 'b', 'a', 'b', 'a']) {
    ids.unshift((await grant(product, 'ann', { service })).body.waiver.id)
  }
  t.strictSame(await list(product), ids)
  t.strictSame(await list(product, '?service=b'), [ids[1], ids[3]])
  t.strictSame(await list(product, '?environment=staging'), [])
  const paged: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`
    const page = await product.ask<{ waivers: Waiver[]; next_cursor: string | null }>({
      url: `${URL}?limit=2${query}`,
    })
    paged.push(...page.body.waivers.map(({ id }) => id))
    cursor = page.body.next_cursor
  }
  t.strictSame(paged, ids)
})

t.test('what cannot be is refused at its place', async (t) => {
  const product = await startProduct(t)
  const bad: readonly (readonly [over: object, field: string])[] = [
    [{ until: inMs(-1_000) }, '/until'],
    [{ until: inMs(7 * DAY_MS + HOUR_MS) }, '/until'],
    [{ until: undefined }, '/until'],
    [{ reason: ' ' }, '/reason'],
    [{ reason: undefined }, '/reason'],
    [{ service: undefined }, '/service'],
    [{ environment: '' }, '/environment'],
    [{ version: '' }, '/version'],
    [{ rules: [] }, '/rules'],
    [{ rules: ['Error Rate'] }, '/rules/0'],
    [{ policies: ['No Name'] }, '/policies/0'],
    [{ forever: true }, '/forever'],
  ]
  for (const [over, field] of bad) {
    const { status, body } = await grant(product, 'ann', over)
    t.equal(status, 400, field)
    t.match(body, { code: 'INVALID_BODY', errors: [{ field }] }, field)
  }
  t.strictSame(await list(product), [])
  for (const id of ['nothing', '0199aa00-0000-7000-8000-0000000000aa']) {
    t.equal((await product.ask({ url: `${URL}/${id}` })).status, 404)
    t.equal((await as(product, 'ann', { url: `${URL}/${id}/approve` })).status, 404)
  }
  t.equal((await product.ask({ url: `${URL}?status=over` })).status, 400)
  const token = await tokenOf('a pipeline', 'ci')
  t.equal((await product.ask({ method: 'POST', url: URL, token, body: grantOf() })).status, 403)
})

t.test('a revoked waiver cannot be approved', async (t) => {
  const product = await startProduct(t)
  const { waiver } = (await grant(product, 'ann', { needs_second: true })).body
  await as(product, 'ann', { url: `${URL}/${waiver.id}/revoke` })
  const late = await as(product, 'bob', { url: `${URL}/${waiver.id}/approve` })
  t.equal(late.status, 409)
  t.match(late.body, { reason: 'waiver_is_revoked', state: { status: 'revoked' } })
})
