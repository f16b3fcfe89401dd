import t from 'tap'

import { startTestGateway, TEST_TOKEN } from '../../fixtures/start-test-gateway.ts'

const headers = { authorization: `Bearer ${TEST_TOKEN}` }

t.test('whether the process lives is told to anybody', async (t) => {
  const { gateway } = await startTestGateway(t)
  const answer = await gateway.inject('/ops/live')
  t.equal(answer.statusCode, 200)
  t.strictSame(answer.json(), { status: 'live' })
})

t.test('a gateway is ready when somebody folds what it takes in', async (t) => {
  const { gateway, pool } = await startTestGateway(t)
  const before = await gateway.inject('/ops/ready')
  t.equal(before.statusCode, 503)
  t.strictSame(before.json(), {
    status: 'not_ready',
    reasons: ['aggregator: none has been heard of'],
  })
  await pool.query(`insert into worker_heartbeats
    values ('aggregator', gen_random_uuid(), clock_timestamp(), clock_timestamp())`)
  const after = await gateway.inject('/ops/ready')
  t.equal(after.statusCode, 200)
  t.strictSame(after.json(), { status: 'ready', reasons: [] })
  await pool.query(`update worker_heartbeats set beat_at = beat_at - interval '1 minute'`)
  const silent = await gateway.inject('/ops/ready')
  t.equal(silent.statusCode, 503)
  t.match(silent.json(), { reasons: [/aggregator: none has been heard of for 60 s/u] })
})

t.test('health names every part, and failing ones with 503', async (t) => {
  const { gateway } = await startTestGateway(t)
  const answer = await gateway.inject({ url: '/ops/health', headers })
  t.equal(answer.statusCode, 503)
  t.match(answer.json(), {
    status: 'failing',
    version: '0.0.0',
    parts: { postgres: { ok: true }, queue: { ok: true }, aggregator: { ok: false } },
  })
})

t.test('the settings in effect are shown without secrets', async (t) => {
  const { gateway } = await startTestGateway(t, { env: { ESC_CRIT_ACK_MIN: '7' } })
  const answer = await gateway.inject({ url: '/ops/config/health', headers })
  t.equal(answer.statusCode, 200)
  t.match(answer.json(), {
    status: 'ok',
    jwt: true,
    hmac: true,
    guard_anonymous: 'off',
    escalation: { critAckMin: 7, pauseCron: null },
  })
  t.notMatch(answer.body, /secret/u)
})
