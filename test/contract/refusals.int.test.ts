import { startPostgres } from '@portcullis/testkit'
import t from 'tap'

import { ADMIN_TOKEN, tokenOf } from './product/credentials.ts'
import { type DoneAnswer, openIncident, type ShownProblem } from './product/incidents.ts'
import { startProduct } from './product/start-product.ts'

// Goal: whoever may not ask, asks in the wrong way or too often is told so, alike on every path.
// Method: each path that no other file here refuses by name is asked so; problems are held to
// /openapi.json.

/** Read with `ops:read`; the routes about traffic are in traffic-parameters.int.test.ts. */
const READS = [
  '/metrics',
  '/notifications/recent',
  '/ops/config/health',
  '/ops/escalation/health',
  '/ops/health',
  '/ops/incidents',
  '/ops/sentry-link?route=GET%20/a',
  '/projects',
  '/v1/releases',
] as const

/** These are written to as well. */
const WRITTEN: readonly string[] = ['/ops/incidents', '/v1/releases']

t.test('a question without the right credential is refused', async (t) => {
  const product = await startProduct(t)
  const token = await tokenOf('a pipeline', 'ci')
  for (const url of READS) {
    const nobody = await product.ask<ShownProblem>({ url, token: null })
    t.equal(nobody.status, 401, url)
    t.equal(nobody.headers['www-authenticate'], 'Bearer', url)
    t.equal(nobody.body.code, 'UNAUTHENTICATED', url)
    const forbidden = await product.ask({ url, token })
    t.equal(forbidden.status, 403, url)
    t.match(forbidden.body, { code: 'FORBIDDEN', needs: 'ops:read' }, url)
  }
})

const COMMANDS = [
  'ack',
  'unack',
  'resolve',
  'reopen',
  'snooze',
  'unsnooze',
  'assign',
  'comment',
  'severity',
  'escalate',
] as const

t.test('a command without the right credential is refused, before its body is read', async (t) => {
  const product = await startProduct(t)
  const { id, version } = await openIncident(product)
  const token = await tokenOf('somebody', 'ops_viewer')
  for (const command of COMMANDS) {
    const ask = { method: 'POST', url: `/ops/incidents/${id}/${command}`, body: '{' } as const
    const nobody = await product.ask<ShownProblem>({ ...ask, token: null })
    t.equal(nobody.status, 401, command)
    t.equal(nobody.body.code, 'UNAUTHENTICATED', command)
    const forbidden = await product.ask({ ...ask, token })
    t.equal(forbidden.status, 403, command)
    t.match(forbidden.body, { code: 'FORBIDDEN', needs: 'incidents:write' }, command)
    const got = await product.ask({ url: ask.url })
    t.equal(got.status, 405, command)
    t.equal(got.headers['allow'], 'POST', command)
  }
  const { body } = await product.ask<DoneAnswer>({ url: `/ops/incidents/${id}` })
  t.equal(body.incident.version, version)
})

const OPENING = { service: 'shop', route: 'GET /a' }

/** Commands that are not on one incident, with a body that is good and one that is another. */
const WRITES: readonly (readonly [url: string, good: object | undefined, other: object])[] = [
  ['/ops/incidents', OPENING, { ...OPENING, route: 'GET /b' }],
  ['/v1/releases', { service: 'shop', version: '1' }, { service: 'shop', version: '2' }],
  ['/ops/escalation/tick', undefined, {}],
  ['/ops/escalation/recalc', undefined, {}],
]

t.test('a body that is too large, of no known type, or another one is refused', async (t) => {
  const product = await startProduct(t)
  for (const [url, good, other] of WRITES) {
    const post = { method: 'POST', url } as const
    const large = await product.ask({ ...post, body: { service: 'x'.repeat(70_000) } })
    t.equal(large.status, 413, url)
    t.match(large.body, { code: 'BODY_TOO_LARGE', limit_bytes: Number }, url)
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const typed = await product.ask<ShownProblem>({ ...post, body: 'a=b', headers: form })
    t.equal(typed.status, 415, url)
    t.equal(typed.body.code, 'UNSUPPORTED_MEDIA_TYPE', url)
    const malformed = await product.ask<ShownProblem>({ ...post, body: '{' })
    t.equal(malformed.status, 400, url)
    t.equal(malformed.body.code, 'MALFORMED_BODY', url)

    const headers = { 'idempotency-key': `key of ${url}` }
    const first = await product.ask({ ...post, body: good, headers })
    t.ok(first.status === 200 || first.status === 201, `${url}: ${first.status}`)
    const again = await product.ask({ ...post, body: good, headers })
    t.same([again.status, again.body], [first.status, first.body], url)
    const reused = await product.ask<ShownProblem>({ ...post, body: other, headers })
    t.equal(reused.status, 422, url)
    t.equal(reused.body.code, 'IDEMPOTENCY_KEY_REUSED', url)
    const long = { 'idempotency-key': 'x'.repeat(129) }
    const { status, body } = await product.ask({ ...post, body: good, headers: long })
    t.equal(status, 400, url)
    t.match(body, { code: 'INVALID_PARAMETER', errors: [{ field: 'idempotency-key' }] }, url)
  }
})

t.test('a method that a path does not take is refused with those that it takes', async (t) => {
  const product = await startProduct(t, { escalator: false })
  const others = ['/me/permissions', '/ops/live', '/ops/ready']
  for (const url of [...READS, ...others].filter((one) => !WRITTEN.includes(one))) {
    const { status, headers, body } = await product.ask({ method: 'POST', url, body: {} })
    t.equal(status, 405, url)
    t.equal(headers['allow'], 'GET, HEAD', url)
    t.match(body, { code: 'METHOD_NOT_ALLOWED' }, url)
  }
  const id = '00000000-0000-4000-8000-000000000000'
  const { status: posted, headers: told } = await product.ask({ url: '/v1/request-metrics' })
  t.equal(posted, 405)
  t.equal(told['allow'], 'POST')
  for (const url of ['/ops', '/ops/nothing', `/ops/incidents/${id}/dance`, '/v3/a/b/c/d']) {
    const { status, body } = await product.ask({ url })
    t.equal(status, 404, url)
    t.match(body, { code: 'NOT_FOUND' }, url)
  }
})

t.test('who asks too often is told to wait', async (t) => {
  const env = { PORTCULLIS_READS_PER_MINUTE: '1' }
  const product = await startProduct(t, { env })
  for (const url of [...READS, '/me/permissions']) {
    const answers = [
      await product.ask<ShownProblem>({ url }),
      await product.ask<ShownProblem>({ url }),
    ]
    const refused = answers.find(({ status }) => status === 429)
    t.equal(refused?.body.code, 'RATE_LIMIT_EXCEEDED', url)
    t.ok(Number(refused?.headers['retry-after']) > 0, url)
  }
  const probes = []
  for (let nth = 0; nth < 20; nth += 1) probes.push(await product.ask({ url: '/ops/live' }))
  t.ok(
    probes.every(({ status }) => status === 200),
    'probes are never limited',
  )
})

t.test('questions are counted over all paths, and those to the guard by themselves', async (t) => {
  const env = { PORTCULLIS_READS_PER_MINUTE: '3', PORTCULLIS_GUARD_PER_MINUTE: '1' }
  const product = await startProduct(t, { escalator: false, env })
  const statuses: number[] = []
  for (const url of ['/projects', '/ops/slo', '/ops/incidents', '/ops/alarms', '/me/permissions']) {
    statuses.push((await product.ask({ url })).status)
  }
  t.same(statuses, [200, 200, 200, 429, 429])
  t.not((await product.ask({ url: '/ops/release-guard' })).status, 429)
  const token = await tokenOf('somebody else', 'ops_viewer')
  t.equal((await product.ask({ url: '/projects', token })).status, 200)
})

const ID = '01890000-0000-7000-8000-000000000000'

const RELEASE = { service: 'shop', version: '1' }
const RELEASE_WORDS = ['promote', 'finish', 'rollback', 'abort', 'approve', 'revoke-approval']

/** Bodies that are right, so that the query alone is wrong. */
const BODIES: Readonly<Record<string, object>> = {
  '/v1/request-metrics': {
    service: 'shop',
    observations: [{ route: 'GET /a', status: 200, duration_ms: 1 }],
  },
  '/v1/releases': RELEASE,
  ...Object.fromEntries(RELEASE_WORDS.map((word) => [`/v1/releases/${word}`, RELEASE])),
  '/v1/freezes': { reason: 'no', until: '2099-01-01T00:00:00Z' },
  '/v1/waivers': { service: 'shop', reason: 'no', until: '2099-01-01T00:00:00Z' },
  '/ops/incidents': { service: 'shop', route: 'GET /a' },
  [`/ops/incidents/${ID}/snooze`]: { for_minutes: 1 },
  [`/ops/incidents/${ID}/assign`]: { owner: null },
  [`/ops/incidents/${ID}/comment`]: { comment: 'hm' },
  [`/ops/incidents/${ID}/severity`]: { severity: 'warning' },
}

t.test('a parameter that no route knows is refused, on every path', async (t) => {
  const product = await startProduct(t, { escalator: false })
  const { body } = await product.ask<{ paths: Record<string, object> }>({ url: '/openapi.json' })
  const routes = Object.entries(body.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => ({ path: path.replace('{id}', ID), method })),
  )
  t.ok(routes.length > 25)
  for (const { path, method } of routes) {
    const answer = await product.ask({
      method: method === 'post' ? 'POST' : 'GET',
      url: `${path}?servise=shop`,
      ...(method === 'post' ? { body: BODIES[path] ?? {} } : {}),
    })
    t.equal(answer.status, 400, `${method} ${path}`)
    t.match(answer.body, { code: 'INVALID_PARAMETER', errors: [{ fix: /\S/u }] })
    const fields = (answer.body['errors'] as { field: string }[]).map(({ field }) => field)
    t.ok(fields.includes('servise'), `${method} ${path}`)
  }
})

t.test('who sends too many commands is told to wait, over all gateways', async (t) => {
  const env = { PORTCULLIS_COMMANDS_PER_MINUTE: '2', PORTCULLIS_KEY_COMMANDS_PER_MINUTE: '3' }
  const product = await startProduct(t, { env, gateways: 2 })
  const { id } = await openIncident(product)
  const body = { comment: 'again' }
  const url = `/ops/incidents/${id}/comment`
  const send = async (nth: number, token: string) =>
    product.askGateway<ShownProblem>(nth, { method: 'POST', url, body, token })
  const ada = await tokenOf('ada')
  const asked: readonly (readonly [token: string, statuses: readonly number[]])[] = [
    [ada, [200, 200, 429, 429]],
    [await tokenOf('bob'), [200, 200, 429, 429]],
    // The key has opened the incident already.
    [ADMIN_TOKEN, [200, 200, 429, 429]],
  ]
  for (const [token, statuses] of asked) {
    const answers = []
    for (let nth = 0; nth < 4; nth += 1) answers.push(await send(nth % 2, token))
    t.same(
      answers.map(({ status }) => status),
      statuses,
    )
    t.equal(answers[3]?.body.code, 'RATE_LIMIT_EXCEEDED')
    t.ok(Number(answers[3]?.headers['retry-after']) > 0)
  }
})

t.test('while the store is away every question that needs it is told so', async (t) => {
  const server = await startPostgres(t)
  const product = await startProduct(t, { escalator: false, server: server.connectionString })
  await server.stop()
  const id = '00000000-0000-4000-8000-000000000000'
  const reads = ['/notifications/recent', '/ops/incidents', `/ops/incidents/${id}`, '/projects']
  const asks = [
    ...[...reads, '/v1/releases', `/v1/commands/${id}`, '/ops/escalation/health'].map((url) => ({
      url,
    })),
    ...[`/ops/incidents/${id}/ack`, '/ops/escalation/tick', '/ops/escalation/recalc'].map(
      (url) => ({ method: 'POST', url }) as const,
    ),
    { method: 'POST', url: '/v1/releases', body: { service: 'shop', version: '1' } } as const,
  ]
  for (const ask of asks) {
    const { status, headers, body } = await product.ask<ShownProblem>(ask)
    t.equal(status, 503, ask.url)
    t.equal(body.code, 'STORE_UNAVAILABLE', ask.url)
    t.ok(Number(headers['retry-after']) > 0, ask.url)
  }
  const { status, body } = await product.ask({ url: '/ops/release-guard' })
  t.equal(status, 503)
  t.match(body, {
    outcome: 'undecided',
    position: null,
    heads: null,
    violations: [{ reason: 'stale_data', evidence: { cause: 'store_unavailable' } }],
  })
  await server.start()
})
