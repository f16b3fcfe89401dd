import { randomUUID } from 'node:crypto'

import t from 'tap'

import { sign } from '../access/signature.ts'
import { addApiKeys, jwtOf } from '../fixtures/credentials.ts'
import {
  startTestGateway,
  TEST_HMAC_SECRET,
  TEST_TOKEN,
  type TestGateway,
} from '../fixtures/start-test-gateway.ts'

// Goal: what a route asks of its caller is asked before anything else happens.

type Headers = Record<string, string>

async function guardStatus(url: string, headers: Headers = {}): Promise<number> {
  const answer = await fetch(`${url}/ops/release-guard`, { headers })
  await answer.text()
  return answer.status
}

t.test('a peer on loopback asks the guard without a token, where that is allowed', async (t) => {
  const { gateway } = await startTestGateway(t, { env: { GUARD_ANONYMOUS: 'loopback' } })
  const url = await gateway.listen({ host: '127.0.0.1', port: 0 })
  t.not(await guardStatus(url), 401)
  for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via']) {
    t.equal(await guardStatus(url, { [name]: '203.0.113.7' }), 401, `a proxy speaks: ${name}`)
  }
  t.equal(await guardStatus(url, { authorization: 'Bearer wrong' }), 401, 'a bad token is bad')
  t.equal((await fetch(`${url}/ops/health`)).status, 401, 'nothing else is open')
  const far = await gateway.inject({ url: '/ops/release-guard', remoteAddress: '203.0.113.7' })
  t.equal(far.statusCode, 401)
  const mapped = await gateway.inject({
    url: '/ops/release-guard',
    remoteAddress: '::ffff:127.0.0.1',
  })
  t.not(mapped.statusCode, 401)
})

t.test('by default the guard asks everybody for a token', async (t) => {
  const { gateway } = await startTestGateway(t)
  const answer = await gateway.inject('/ops/release-guard')
  t.equal(answer.statusCode, 401)
  t.equal(answer.headers['www-authenticate'], 'Bearer')
})

const BODY = '{"reason":"on it"}'
/** Nobody decides commands here: what was let through is answered once it is written. */
const ASYNC = { prefer: 'respond-async', 'content-type': 'application/json' }

function ack({ gateway }: TestGateway, token: string, headers: Headers = {}, payload = BODY) {
  return gateway.inject({
    method: 'POST',
    url: `/ops/incidents/${randomUUID()}/ack`,
    headers: { ...ASYNC, authorization: `Bearer ${token}`, ...headers },
    payload,
  })
}

/** Signed with a timestamp and a nonce; the path is put in when it is known. */
function freshly(path: string): Headers {
  const timestamp = String(Math.floor(Date.now() / 1_000))
  const nonce = randomUUID()
  const prefix = `${timestamp}.${nonce}.POST.${path}.`
  return {
    'x-signature': sign(TEST_HMAC_SECRET, Buffer.from(BODY), prefix),
    'x-timestamp': timestamp,
    'x-nonce': nonce,
  }
}

const SIGNED = { 'x-signature': sign(TEST_HMAC_SECRET, Buffer.from(BODY)) }

t.test('a person signs an acknowledgement, and a key need not', async (t) => {
  const gateway = await startTestGateway(t)
  const admin = await jwtOf('ops_admin')
  t.match((await ack(gateway, admin)).json(), { code: 'UNAUTHORIZED' })
  t.match((await ack(gateway, admin, { 'x-signature': 'ff' })).json(), { code: 'UNAUTHORIZED' })
  t.equal((await ack(gateway, admin, SIGNED)).statusCode, 202)
  t.equal((await ack(gateway, TEST_TOKEN)).statusCode, 202)
  const wrong = await ack(gateway, TEST_TOKEN, { 'x-signature': 'ff' })
  t.match(wrong.json(), { code: 'UNAUTHORIZED' }, 'a signature that is sent must hold')
})

t.test('who may not acknowledge is told so before the signature is looked at', async (t) => {
  const gateway = await startTestGateway(t)
  const tokens = await addApiKeys(gateway.pool)
  for (const token of [await jwtOf('ops_viewer'), tokens.ci, tokens.ingest]) {
    const answer = await ack(gateway, token)
    t.equal(answer.statusCode, 403)
    t.match(answer.json(), { code: 'FORBIDDEN', needs: 'incidents:write' })
  }
})

t.test('a bad signature is told before a bad body, and counts against nobody', async (t) => {
  const gateway = await startTestGateway(t)
  const admin = await jwtOf('ops_admin')
  for (let n = 0; n < 15; n += 1) {
    const answer = await ack(gateway, admin, { 'x-signature': 'ff' }, '{"nonsense":1}')
    t.equal(answer.statusCode, 401)
  }
  t.equal((await ack(gateway, admin, SIGNED)).statusCode, 202)
})

t.test('a person acknowledges ten times a minute, whatever token is used', async (t) => {
  const gateway = await startTestGateway(t)
  const subject = 'ada'
  for (let n = 0; n < 10; n += 1) {
    const token = await jwtOf('ops_admin', { subject, expires: `${n + 10}m` })
    t.equal((await ack(gateway, token, SIGNED)).statusCode, 202)
  }
  const eleventh = await ack(gateway, await jwtOf('ops_admin', { subject }), SIGNED)
  t.equal(eleventh.statusCode, 429)
  t.match(eleventh.json(), { code: 'RATE_LIMIT_EXCEEDED' })
  t.ok(Number(eleventh.headers['retry-after']) > 0)
  const other = await ack(gateway, await jwtOf('ops_admin', { subject: 'bob' }), SIGNED)
  t.equal(other.statusCode, 202)
})

t.test(
  'where it is required, keys sign too, with a timestamp and a nonce that count once',
  async (t) => {
    const gateway = await startTestGateway(t, { env: { OPS_HMAC_REQUIRED: 'true' } })
    t.match((await ack(gateway, TEST_TOKEN)).json(), { code: 'UNAUTHORIZED' })
    t.match((await ack(gateway, TEST_TOKEN, SIGNED)).json(), { code: 'UNAUTHORIZED' })
    const url = `/ops/incidents/${randomUUID()}/ack`
    const once = freshly(url)
    const send = (path: string) =>
      gateway.gateway.inject({
        method: 'POST',
        url: path,
        headers: { ...ASYNC, authorization: `Bearer ${TEST_TOKEN}`, ...once },
        payload: BODY,
      })
    t.equal((await send(url)).statusCode, 202)
    t.match((await send(url)).json(), { code: 'UNAUTHORIZED', detail: 'X-Nonce was used before' })
    t.match((await send(`${url}?x=1`)).json(), { code: 'UNAUTHORIZED' }, 'the path is signed')
  },
)

t.test('no line of the log names a person or holds a credential', async (t) => {
  const gateway = await startTestGateway(t)
  const token = await jwtOf('ops_admin', { subject: 'ada@example.com' })
  await ack(gateway, token, SIGNED)
  await gateway.gateway.inject({
    url: '/me/permissions?token=a-secret-in-a-query',
    headers: { authorization: `Bearer ${token}` },
  })
  const log = gateway.logLines.join('')
  t.match(log, /"principal":"person_[0-9a-f]{32}"/u)
  for (const secret of ['ada@example.com', token, 'a-secret-in-a-query', SIGNED['x-signature']]) {
    t.notOk(log.includes(secret), secret.slice(0, 20))
  }
})
