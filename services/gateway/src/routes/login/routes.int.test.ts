import { fakeClock } from '@portcullis/testkit'
import t from 'tap'

import { addApiKeys, jwtOf } from '../../fixtures/credentials.ts'
import {
  startTestGateway,
  TEST_TOKEN,
  type TestGateway,
} from '../../fixtures/start-test-gateway.ts'

// Goal: a browser trades a token for a session, and nobody else's page can use that session.

const BROWSER = { 'sec-fetch-site': 'same-origin', accept: 'text/html' }
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

function login({ gateway }: TestGateway, token: string, headers: Record<string, string> = BROWSER) {
  const payload = new URLSearchParams({ token, next: '/queues' }).toString()
  return gateway.inject({
    method: 'POST',
    url: '/login',
    headers: { ...FORM, ...headers },
    payload,
  })
}

async function cookieOf(gateway: TestGateway, token: string): Promise<string> {
  const answer = await login(gateway, token)
  return String(answer.headers['set-cookie']).split(';', 1)[0] ?? ''
}

t.test('a browser without a credential is led to the form, and back', async (t) => {
  const gateway = await startTestGateway(t)
  const visit = await gateway.gateway.inject({ url: '/docs?a=1', headers: BROWSER })
  t.equal(visit.statusCode, 303)
  t.equal(visit.headers.location, '/login?next=%2Fdocs%3Fa%3D1')
  const form = await gateway.gateway.inject({ url: '/login?next=/docs', headers: BROWSER })
  t.match(form.body, /name="next" value="\/docs"/u)
  const answer = await login(gateway, TEST_TOKEN)
  t.equal(answer.statusCode, 303)
  t.equal(answer.headers.location, '/queues')
})

t.test('the session’s cookie cannot be read by scripts or sent from elsewhere', async (t) => {
  const gateway = await startTestGateway(t)
  const answer = await login(gateway, TEST_TOKEN)
  t.match(answer.headers['set-cookie'], /; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/u)
})

t.test('a session opens pages, and the API’s data stays behind tokens', async (t) => {
  const gateway = await startTestGateway(t)
  const cookie = await cookieOf(gateway, TEST_TOKEN)
  const ask = (url: string) => gateway.gateway.inject({ url, headers: { ...BROWSER, cookie } })
  t.equal((await ask('/docs')).statusCode, 200)
  t.equal((await ask('/openapi.json')).statusCode, 200)
  t.equal((await ask('/queues')).statusCode, 200)
  t.equal((await ask('/ops/health')).statusCode, 401)
})

t.test('only an own page may change something with a session', async (t) => {
  const gateway = await startTestGateway(t)
  const cookie = await cookieOf(gateway, TEST_TOKEN)
  const pause = (headers: Record<string, string>) =>
    gateway.gateway.inject({
      method: 'PUT',
      url: '/queues/api/queues/notifications/pause',
      headers: { cookie, ...headers },
    })
  t.equal((await pause({ 'sec-fetch-site': 'same-origin' })).statusCode, 200)
  t.equal((await pause({ origin: 'http://localhost:80', host: 'localhost' })).statusCode, 200)
  t.equal((await pause({ 'sec-fetch-site': 'cross-site' })).statusCode, 403)
  t.equal((await pause({ 'sec-fetch-site': 'same-site' })).statusCode, 403)
  t.equal((await pause({ origin: 'https://elsewhere.example' })).statusCode, 403)
  t.equal((await pause({})).statusCode, 403)
  t.equal((await login(gateway, TEST_TOKEN, { 'sec-fetch-site': 'cross-site' })).statusCode, 403)
})

t.test('who may only look cannot change a queue', async (t) => {
  const gateway = await startTestGateway(t)
  const cookie = await cookieOf(gateway, await jwtOf('ops_viewer'))
  const headers = { ...BROWSER, cookie }
  t.equal((await gateway.gateway.inject({ url: '/queues', headers })).statusCode, 200)
  const url = '/queues/api/queues/notifications/pause'
  t.equal((await gateway.gateway.inject({ method: 'PUT', url, headers })).statusCode, 403)
})

t.test('a session ends by leaving, with its key, and after a working day', async (t) => {
  const clock = fakeClock()
  const gateway = await startTestGateway(t, { clock })
  const tokens = await addApiKeys(gateway.pool)
  const visit = async (cookie: string): Promise<number> => {
    const headers = { cookie, 'sec-fetch-site': 'same-origin' }
    return (await gateway.gateway.inject({ url: '/docs', headers })).statusCode
  }
  const left = await cookieOf(gateway, TEST_TOKEN)
  t.equal(await visit(left), 200)
  const headers = { cookie: left, ...BROWSER }
  const leaving = await gateway.gateway.inject({ method: 'POST', url: '/logout', headers })
  t.equal(leaving.statusCode, 303)
  t.equal(await visit(left), 401)

  const revoked = await cookieOf(gateway, tokens.ops_viewer)
  t.equal(await visit(revoked), 200)
  await gateway.pool.query(`update api_keys set revoked_at = now()`)
  clock.advance(1_000)
  t.equal(await visit(revoked), 401)

  const old = await cookieOf(gateway, TEST_TOKEN)
  clock.advance(12 * 3_600_000 - 1)
  t.equal(await visit(old), 200)
  clock.advance(1)
  t.equal(await visit(old), 401)
  t.equal(await visit('portcullis_session=nonsense'), 401)
})

t.test('a browser whose session ended is led to the form, and may leave', async (t) => {
  const clock = fakeClock()
  const gateway = await startTestGateway(t, { clock })
  const cookie = await cookieOf(gateway, TEST_TOKEN)
  clock.advance(12 * 3_600_000)
  const headers = { ...BROWSER, cookie }
  const visit = await gateway.gateway.inject({ url: '/queues', headers })
  t.equal(visit.statusCode, 303)
  t.equal(visit.headers.location, '/login?next=%2Fqueues')
  const data = await gateway.gateway.inject({
    url: '/queues/api/queues',
    headers: { cookie, accept: 'application/json' },
  })
  t.match(data.json(), { code: 'UNAUTHENTICATED', detail: 'the session has ended' })
  for (const cookies of [{ cookie }, {}]) {
    const leaving = await gateway.gateway.inject({
      method: 'POST',
      url: '/logout',
      headers: { ...BROWSER, ...cookies },
    })
    t.equal(leaving.statusCode, 303)
    t.match(leaving.headers['set-cookie'], /^portcullis_session=; .*Max-Age=0/u)
  }
  const elsewhere = { ...BROWSER, 'sec-fetch-site': 'cross-site' }
  const pushed = await gateway.gateway.inject({
    method: 'POST',
    url: '/logout',
    headers: elsewhere,
  })
  t.equal(pushed.statusCode, 403, 'nobody else’s page logs anybody out')
})

t.test('the cookie lasts as long as the session', async (t) => {
  const gateway = await startTestGateway(t)
  const answer = await login(gateway, await jwtOf('ops_viewer', { expires: '10m' }))
  const [, seconds] = /Max-Age=(\d+)/u.exec(String(answer.headers['set-cookie'])) ?? []
  t.ok(Number(seconds) > 0 && Number(seconds) <= 600, `Max-Age=${seconds}`)
})

t.test('a session ends with the secret that its token was good by', async (t) => {
  const before = await startTestGateway(t)
  const tokens = await addApiKeys(before.pool)
  const [admin, person, key] = [
    await cookieOf(before, TEST_TOKEN),
    await cookieOf(before, await jwtOf('ops_admin')),
    await cookieOf(before, tokens.ops_viewer),
  ]
  const cases: readonly (readonly [env: Record<string, string>, good: readonly string[]])[] = [
    [{}, [admin, person, key]],
    [{ PORTCULLIS_TOKEN: 'another first token of the same gateway' }, [person, key]],
    [{ OPS_JWT_SECRET: 'another secret of at least thirty-two bytes' }, [admin, key]],
    [{ PORTCULLIS_TOKEN: '', OPS_JWT_SECRET: '' }, [key]],
  ]
  for (const [env, good] of cases) {
    const { gateway } = await startTestGateway(t, { env, database: before.database })
    for (const cookie of [admin, person, key]) {
      const { statusCode } = await gateway.inject({ url: '/docs', headers: { cookie } })
      t.equal(statusCode, good.includes(cookie) ? 200 : 401, JSON.stringify(env))
    }
  }
})

t.test('the store holds no token, only its hash', async (t) => {
  const gateway = await startTestGateway(t)
  const cookie = await cookieOf(gateway, TEST_TOKEN)
  const { rows } = await gateway.pool.query('select * from sessions')
  t.equal(rows.length, 1)
  t.notMatch(JSON.stringify(rows), cookie.split('=')[1] ?? 'no cookie')
})

t.test('a token that is none leads back to the form, escaped and with the reason', async (t) => {
  const gateway = await startTestGateway(t)
  const answer = await login(gateway, '"><script>alert(1)</script>')
  t.equal(answer.statusCode, 401)
  t.match(answer.body, /Not accepted: the token is neither an API key nor a JWT/u)
  t.notMatch(answer.body, /<script/u)
})

t.test('a link cannot lead a logged-in browser elsewhere', async (t) => {
  const gateway = await startTestGateway(t)
  for (const next of ['https://elsewhere.example', '//elsewhere.example', '/\\elsewhere.example']) {
    const payload = new URLSearchParams({ token: TEST_TOKEN, next }).toString()
    const headers = { ...FORM, ...BROWSER }
    const answer = await gateway.gateway.inject({ method: 'POST', url: '/login', headers, payload })
    t.equal(answer.headers.location, '/docs', next)
  }
})

t.test('guessing is slowed down over all gateways', async (t) => {
  const gateway = await startTestGateway(t)
  for (let n = 0; n < 10; n += 1) t.equal((await login(gateway, 'wrong')).statusCode, 401)
  const eleventh = await login(gateway, TEST_TOKEN)
  t.equal(eleventh.statusCode, 429)
  t.ok(Number(eleventh.headers['retry-after']) > 0)
})
