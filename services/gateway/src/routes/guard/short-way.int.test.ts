// Goal: nobody can tell the short way from the whole one, except by the time that it takes. Method: a
// gateway on a real socket is asked the same bytes again and again, and one thing is changed each time.
import { waitFor, type TestScope } from '@portcullis/testkit'
import t from 'tap'

import { addApiKeys } from '../../fixtures/credentials.ts'
import { startTestGateway, type TestGateway } from '../../fixtures/start-test-gateway.ts'

interface Asked {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Record<string, unknown>
}

/** What two answers to one question may differ in. */
const OF_ITS_OWN = ['x-request-id', 'date'] as const

async function start(t: TestScope, env: Readonly<Record<string, string>> = {}) {
  // At `debug` each answer is logged, and all go the whole way.
  const started = await startTestGateway(t, { env, logLevel: 'info' })
  const { ci } = await addApiKeys(started.pool)
  const origin = await started.gateway.listen({ port: 0, host: '127.0.0.1' })
  const ask = async (query = '', headers: Record<string, string> = {}): Promise<Asked> => {
    const answer = await fetch(`${origin}/ops/release-guard${query}`, {
      headers: { authorization: `Bearer ${ci}`, ...headers },
    })
    const body = (await answer.json()) as Record<string, unknown>
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body }
  }
  return { ...started, ask }
}

/** How many answers the gateway counted, whichever way they went. */
async function counted({ gateway }: TestGateway): Promise<number> {
  const text = (await gateway.inject({ url: '/metrics', headers: { authorization: ADMIN } })).body
  const ofTheGuard =
    /request_duration_seconds_count\{method="GET",route="\/ops\/release-guard",status="\d+"\} (\d+)/gu
  return [...text.matchAll(ofTheGuard)].reduce((sum, [, count]) => sum + Number(count), 0)
}

const ADMIN = 'Bearer the-first-admin-of-a-test'

function without(headers: Asked['headers']): Asked['headers'] {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !OF_ITS_OWN.some((own) => own === name)),
  )
}

t.test('an answer is the same on both ways, and counted on both', async (t) => {
  const { ask, ...started } = await start(t)
  const questions = ['', '?blocked_status=200', '?service=shop&min_samples=3']
  for (const question of questions) {
    // Until one second holds both: a verdict is as of a whole second.
    await waitFor(
      async () => {
        const [whole, short] = [
          await ask(question, { 'x-correlation-id': 'one-1' }),
          await ask(question),
        ]
        const again = await ask(question)
        if (whole.headers['etag'] !== again.headers['etag']) return false
        t.equal(again.status, whole.status)
        t.same(without(short.headers), without(again.headers))
        t.same({ ...without(again.headers), 'x-correlation-id': 'one-1' }, without(whole.headers))
        t.same(
          { ...again.body, generated_at: 0, freshness_ms: 0 },
          { ...whole.body, generated_at: 0, freshness_ms: 0 },
        )
        t.not(again.headers['x-request-id'], short.headers['x-request-id'])
        return true
      },
      { what: `two answers to ${question} within a second` },
    )
  }
  const before = await counted(started as TestGateway)
  await ask()
  await ask()
  t.equal(await counted(started as TestGateway), before + 2)
})

t.test('the same bytes are refused once their key is revoked', async (t) => {
  const { ask, pool } = await start(t)
  await ask()
  t.equal((await ask()).status, 503, 'there is no aggregator: nothing can be known')
  await pool.query(`update api_keys set revoked_at = now() where role = 'ci'`)
  const refused = await waitFor(
    async () => {
      const answer = await ask()
      return answer.status === 401 && answer
    },
    { what: 'the refusal' },
  )
  t.match(refused.body, { code: 'UNAUTHENTICATED', detail: /revoked/u })
})

t.test('the rate limit counts both ways', async (t) => {
  const { ask } = await start(t, { PORTCULLIS_GUARD_PER_MINUTE: '5' })
  const statuses: number[] = []
  for (let nth = 0; nth < 7; nth += 1) statuses.push((await ask()).status)
  t.same(statuses, [503, 503, 503, 503, 503, 429, 429])
  const { headers } = await ask()
  t.match(headers, { 'retry-after': /^\d+$/u })
  t.notOk(Object.keys(headers).some((name) => name.startsWith('x-ratelimit')))
})

t.test('what is asked otherwise goes the whole way', async (t) => {
  const { ask } = await start(t)
  await ask()
  t.equal((await ask('?nonsense=1')).status, 400)
  t.equal((await ask('', { 'x-guard-nonsense': '1' })).status, 400)
  t.equal((await ask('', { authorization: 'Bearer nobody' })).status, 401)
  const { headers } = await ask('', { 'x-correlation-id': 'mine' })
  t.equal(headers['x-correlation-id'], 'mine')
  t.equal((await ask('', { 'x-correlation-id': 'yours' })).headers['x-correlation-id'], 'yours')
})
