import { createHmac, randomUUID } from 'node:crypto'

import { SignJWT } from 'jose'
import t from 'tap'

import { HMAC_SECRET, JWT_SECRET, tokenOf } from './product/credentials.ts'
import { type DoneAnswer, openIncident, type ShownProblem } from './product/incidents.ts'
import { type Product, startProduct } from './product/start-product.ts'

// Goal: a person acknowledges with a JWT and a signature as the first system's clients do, and every
// refusal has the code that they know. Method: tokens and signatures are made with other libraries
// than the gateway's own code.

const BODY = '{"reason": "on it"}'

function hmacOf(text: string): string {
  return createHmac('sha256', HMAC_SECRET).update(text).digest('hex')
}

interface Sent {
  readonly token?: string | null
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly gateway?: number
}

async function ack(product: Product, id: string, sent: Sent = {}) {
  const { token = await tokenOf('ada'), body = BODY, gateway = 0 } = sent
  const { headers = { 'x-signature': hmacOf(body) } } = sent
  const url = `/ops/incidents/${id}/ack`
  return product.askGateway<DoneAnswer & ShownProblem>(gateway, {
    method: 'POST',
    url,
    token,
    body,
    headers,
  })
}

t.test('a person who signs the body acknowledges', async (t) => {
  const product = await startProduct(t)
  const { id } = await openIncident(product)
  const { status, body } = await ack(product, id)
  t.equal(status, 200)
  t.match(body, { ok: true, incident: { id, status: 'acknowledged', acknowledged_by: 'ada' } })
  const none = await ack(product, randomUUID())
  t.equal(none.status, 404)
  t.equal(none.body.code, 'NOT_FOUND')
})

/** A token of the given claims and secret. */
async function jwt(claims: Record<string, unknown>, secret = JWT_SECRET): Promise<string> {
  const key = new TextEncoder().encode(secret)
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(key)
}

/** `{"alg":"none"}`, and no signature. */
function unsigned(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`
}

t.test('a token that does not hold is UNAUTHENTICATED', async (t) => {
  const product = await startProduct(t)
  const { id, version } = await openIncident(product)
  const seconds = Math.floor(Date.now() / 1_000)
  const claims = { sub: 'ada', role: 'ops_admin', exp: seconds + 600 }
  const tokens = {
    'none at all': null,
    'no token': 'nonsense',
    'over since a minute': await jwt({ ...claims, exp: seconds - 60 }),
    'without an end': await jwt({ sub: 'ada', role: 'ops_admin' }),
    'not yet valid': await jwt({ ...claims, nbf: seconds + 600 }),
    'of another secret': await jwt(claims, 'another secret of at least thirty-two bytes'),
    'without a signature': unsigned(claims),
    'of nobody': await jwt({ role: 'ops_admin', exp: claims.exp }),
    'of an unknown role': await jwt({ ...claims, role: 'emperor' }),
  }
  for (const [what, token] of Object.entries(tokens)) {
    const { status, body } = await ack(product, id, { token })
    t.equal(status, 401, what)
    t.equal(body.code, 'UNAUTHENTICATED', what)
  }
  const { body } = await product.ask<DoneAnswer>({ url: `/ops/incidents/${id}` })
  t.equal(body.incident.version, version)
})

t.test('a signature that does not hold is UNAUTHORIZED', async (t) => {
  const product = await startProduct(t)
  const { id, version } = await openIncident(product)
  const url = `/ops/incidents/${id}/ack`
  const seconds = Math.floor(Date.now() / 1_000)
  const fresh = (timestamp: number, path = url) => {
    const nonce = randomUUID()
    const signed = `${timestamp}.${nonce}.POST.${path}.${BODY}`
    return {
      'x-signature': hmacOf(signed),
      'x-timestamp': String(timestamp),
      'x-nonce': nonce,
    }
  }
  const headers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'none at all': {},
    'no hex': { 'x-signature': 'nonsense' },
    'of another body': { 'x-signature': hmacOf('{"reason": "not me"}') },
    'of the same JSON in other bytes': { 'x-signature': hmacOf('{"reason":"on it"}') },
    'of six minutes ago': fresh(seconds - 360),
    'of in six minutes': fresh(seconds + 360),
    'of another path': fresh(seconds, `/ops/incidents/${randomUUID()}/ack`),
    'without its nonce': { 'x-signature': hmacOf(BODY), 'x-timestamp': String(seconds) },
    'without its timestamp': { 'x-signature': hmacOf(BODY), 'x-nonce': randomUUID() },
  }
  for (const [what, given] of Object.entries(headers)) {
    const { status, body } = await ack(product, id, { headers: given })
    t.equal(status, 401, what)
    t.equal(body.code, 'UNAUTHORIZED', what)
  }
  const { body } = await product.ask<DoneAnswer>({ url: `/ops/incidents/${id}` })
  t.equal(body.incident.version, version)
  t.equal((await ack(product, id, { headers: fresh(seconds) })).status, 200)
})

t.test('a captured request is not taken again, by no gateway', async (t) => {
  const product = await startProduct(t, { gateways: 2 })
  const { id } = await openIncident(product)
  const [timestamp, nonce] = [Math.floor(Date.now() / 1_000), randomUUID()]
  const headers = {
    'x-signature': hmacOf(`${timestamp}.${nonce}.POST./ops/incidents/${id}/ack.${BODY}`),
    'x-timestamp': String(timestamp),
    'x-nonce': nonce,
  }
  t.equal((await ack(product, id, { headers })).status, 200)
  for (const gateway of [0, 1]) {
    const { status, body } = await ack(product, id, { headers, gateway })
    t.equal(status, 401, `gateway ${gateway}`)
    t.match(body, { code: 'UNAUTHORIZED', detail: /X-Nonce/u })
  }
})

t.test('who is no ops_admin is FORBIDDEN, with the best signature', async (t) => {
  const product = await startProduct(t)
  const { id } = await openIncident(product)
  for (const role of ['ops_viewer', 'ci', 'ingest'] as const) {
    const { status, body } = await ack(product, id, { token: await tokenOf('ada', role) })
    t.equal(status, 403, role)
    t.match(body, { code: 'FORBIDDEN', needs: 'incidents:write' })
  }
})

t.test('a person acknowledges ten times a minute, over all gateways', async (t) => {
  const product = await startProduct(t, { gateways: 2 })
  const { id } = await openIncident(product)
  for (let nth = 0; nth < 10; nth += 1) {
    t.equal((await ack(product, id, { gateway: nth % 2 })).status, 200)
  }
  for (const gateway of [0, 1]) {
    const { status, headers, body } = await ack(product, id, { gateway })
    t.equal(status, 429, `gateway ${gateway}`)
    t.equal(body.code, 'RATE_LIMIT_EXCEEDED')
    const seconds = Number(headers['retry-after'])
    t.ok(seconds > 0 && seconds <= 60, `${seconds} s`)
  }
  const other = await ack(product, (await openIncident(product)).id, {
    token: await tokenOf('bob'),
  })
  t.equal(other.status, 200)
})
