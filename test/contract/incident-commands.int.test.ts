import { waitFor } from '@portcullis/testkit'
import t from 'tap'

import { type DoneAnswer, openIncident, type ShownProblem } from './product/incidents.ts'
import { OUTSIDE } from './product/instants.ts'
import { BACKENDS, type Product, startProduct } from './product/start-product.ts'

// Goal: every command on an incident gives the incident after it, or says why not. Method: a gateway
// and an escalator as they run, on both queue backends; every answer is held to /openapi.json.

async function send(product: Product, id: string, command: string, body?: unknown) {
  return product.ask<DoneAnswer & ShownProblem>({
    method: 'POST',
    url: `/ops/incidents/${id}/${command}`,
    body,
  })
}

/** Commands in turn on one incident: what is sent, and what comes of it. */
const STORY: readonly (readonly [
  command: string,
  body: unknown,
  status: number,
  expected: Readonly<Record<string, unknown>>,
])[] = [
  ['ack', undefined, 200, { status: 'acknowledged', acknowledged_by: 'first-admin' }],
  ['ack', { reason: 'still mine' }, 200, { status: 'acknowledged' }],
  ['snooze', { for_minutes: 10 }, 409, { reason: 'incident_not_open' }],
  ['escalate', undefined, 409, { reason: 'incident_not_open' }],
  ['reopen', undefined, 409, { reason: 'incident_not_resolved' }],
  ['unack', { reason: 'not mine after all' }, 200, { status: 'open', acknowledged_by: null }],
  ['escalate', undefined, 200, { status: 'open', escalation_level: 1 }],
  ['severity', { severity: 'warning' }, 200, { severity: 'warning' }],
  ['assign', { owner: 'alice' }, 200, { owner: 'alice' }],
  ['assign', { owner: null, reason: 'on holiday' }, 200, { owner: null }],
  ['comment', { comment: 'the disk is full' }, 200, { status: 'open' }],
  ['snooze', { for_minutes: 10 }, 200, { snoozed_until: /^\d{4}-/u }],
  ['unsnooze', undefined, 200, { snoozed_until: null }],
  ['resolve', { reason: 'a bigger disk' }, 200, { status: 'resolved' }],
  ['ack', undefined, 409, { reason: 'incident_already_resolved' }],
  ['unack', undefined, 409, { reason: 'incident_already_resolved' }],
  ['severity', { severity: 'critical' }, 409, { reason: 'incident_already_resolved' }],
  ['reopen', undefined, 200, { status: 'open', opening: 1 }],
]

for (const backend of BACKENDS) {
  t.test(`commands do what they say, with queues in ${backend}`, async (t) => {
    const product = await startProduct(t, { backend })
    const { id } = await openIncident(product)
    for (const [command, body, status, expected] of STORY) {
      const answer = await send(product, id, command, body)
      t.equal(answer.status, status, `${command}: ${JSON.stringify(answer.body)}`)
      if (status === 200) t.match(answer.body, { ok: true, incident: { id, ...expected } }, command)
      else t.match(answer.body, { code: 'INCIDENT_STATE_FORBIDS', state: { id }, ...expected })
    }
  })
}

t.test('an incident that is open is not opened again, and a resolved one is, anew', async (t) => {
  const product = await startProduct(t)
  const scope = { service: 'shop', route: 'POST /pay?card=1', kind: 'fraud', severity: 'warning' }
  const first = await openIncident(product, { ...scope, evidence: { chargebacks: 12 } })
  t.match(first, { incident_key: 'POST /pay::fraud', severity: 'warning', opening: 1 })
  const again = await product.ask({ method: 'POST', url: '/ops/incidents', body: scope })
  t.equal(again.status, 409)
  t.match(again.body, { reason: 'incident_already_open', state: { id: first.id } })
  await send(product, first.id, 'resolve')
  t.match(await openIncident(product, scope), { id: first.id, status: 'open', opening: 2 })
})

t.test('a second person learns who has it', async (t) => {
  const product = await startProduct(t)
  const { id } = await openIncident(product)
  await product.database.pool.query(
    `update incidents set status = 'acknowledged', acknowledged_by = 'bob' where id = $1`,
    [id],
  )
  const answer = await send(product, id, 'ack')
  t.equal(answer.status, 409)
  t.match(answer.body, {
    reason: 'incident_already_acknowledged',
    state: { acknowledged_by: 'bob' },
  })
})

t.test('the level does not rise beyond the highest', async (t) => {
  const product = await startProduct(t, { env: { MAX_ESC_LEVEL: '1' } })
  const { id } = await openIncident(product)
  t.equal((await send(product, id, 'escalate')).status, 200)
  t.match((await send(product, id, 'escalate')).body, { reason: 'incident_at_max_level' })
})

t.test('what is no incident is not found', async (t) => {
  const product = await startProduct(t)
  for (const id of ['00000000-0000-4000-8000-000000000000', 'nonsense', '%00']) {
    const answer = await send(product, id, 'ack')
    t.equal(answer.status, 404, id)
    t.match(answer.body, { code: 'NOT_FOUND' })
  }
})

t.test('an id is one however it is spelled', async (t) => {
  const product = await startProduct(t)
  const { id } = await openIncident(product)
  t.match((await send(product, id.toUpperCase(), 'ack')).body, { incident: { id } })
  const { status, body } = await product.ask<{ timeline: unknown[] }>({
    url: `/ops/incidents/${id.toUpperCase()}`,
  })
  t.equal(status, 200)
  t.equal(body.timeline.length, 2)
})

const LONG = 'x'.repeat(70_000)
const past = '2020-01-01T00:00:00Z'

/** What is wrong with a body, where it is told, and as what. */
const MISTAKES: readonly (readonly [
  command: string,
  body: unknown,
  status: number,
  field: string | null,
])[] = [
  ['ack', { reason: 5 }, 400, '/reason'],
  ['ack', { reason: 'x'.repeat(4_001) }, 400, '/reason'],
  ['ack', { reason: 'a\u0000b' }, 400, '/reason'],
  ['ack', '{"reason": "\\ud800"}', 400, '/reason'],
  ['ack', { because: 'no' }, 400, '/because'],
  ['ack', [], 400, ''],
  ['ack', '{', 400, null],
  ['ack', Buffer.from('{"reason": "\xff"}', 'latin1'), 400, null],
  ['ack', '{"__proto__": {}}', 400, null],
  ['ack', { reason: LONG }, 413, null],
  ['comment', undefined, 400, ''],
  ['comment', {}, 400, '/comment'],
  ['comment', { comment: '  ' }, 400, '/comment'],
  ['assign', {}, 400, '/owner'],
  ['assign', { owner: '' }, 400, '/owner'],
  ['assign', { owner: 'two\nlines' }, 400, '/owner'],
  ['severity', { severity: 'info' }, 400, '/severity'],
  ['snooze', {}, 400, ''],
  ['snooze', { until: past, for_minutes: 5 }, 400, ''],
  ['snooze', { until: past }, 400, '/until'],
  ['snooze', { until: '2126-01-01T00:00:00Z' }, 400, '/until'],
  ['snooze', { until: 'tomorrow' }, 400, '/until'],
  ...OUTSIDE.map((until) => ['snooze', { until }, 400, '/until'] as const),
  ['snooze', { for_minutes: 0 }, 400, '/for_minutes'],
  ['snooze', { for_minutes: 43_201 }, 400, '/for_minutes'],
]

t.test('a mistake in a body is told with its field and its fix, and nothing is done', async (t) => {
  const product = await startProduct(t)
  const { id, version } = await openIncident(product)
  for (const [command, body, status, field] of MISTAKES) {
    const answer = await send(product, id, command, body)
    const name = `${command} ${JSON.stringify(body)?.slice(0, 60)}: ${JSON.stringify(answer.body)}`
    t.equal(answer.status, status, name)
    if (field !== null) t.match(answer.body.errors, [{ field, fix: /\S/u }], name)
  }
  const { body } = await product.ask<DoneAnswer>({ url: `/ops/incidents/${id}` })
  t.equal(body.incident.version, version)
})

const OPENINGS: readonly (readonly [fields: object, field: string])[] = [
  [{ service: '' }, '/service'],
  [{ service: 'x'.repeat(129) }, '/service'],
  [{ service: 'a\u0000' }, '/service'],
  [{ environment: 7 }, '/environment'],
  [{ route: undefined }, '/route'],
  [{ route: '?only=query' }, '/route'],
  [{ kind: 'Not A Kind' }, '/kind'],
  [{ severity: 'fatal' }, '/severity'],
  [{ hint: 'x'.repeat(1_025) }, '/hint'],
  [{ evidence: [] }, '/evidence'],
  [{ evidence: { deep: { er: 1 } } }, '/evidence/deep'],
  [{ evidence: { nul: '\u0000' } }, '/evidence/nul'],
  [
    { evidence: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`k${n}`, n])) },
    '/evidence',
  ],
  [{ id: 'mine' }, '/id'],
]

t.test('a mistake in an opening is told with its field', async (t) => {
  const product = await startProduct(t)
  const url = '/ops/incidents'
  for (const [fields, field] of OPENINGS) {
    const body = { service: 'shop', route: 'GET /a', ...fields }
    const answer = await product.ask<ShownProblem>({ method: 'POST', url, body })
    t.equal(answer.status, 400, JSON.stringify(fields).slice(0, 80))
    t.match(answer.body.errors, [{ field }], JSON.stringify(answer.body))
  }
  t.same((await product.ask<{ incidents: unknown[] }>({ url })).body.incidents, [])
})

t.test('a body that is no JSON by its type is refused as such', async (t) => {
  const product = await startProduct(t)
  const { id } = await openIncident(product)
  const { status, body } = await product.ask({
    method: 'POST',
    url: `/ops/incidents/${id}/ack`,
    body: 'reason=x',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  t.equal(status, 415)
  t.match(body, { code: 'UNSUPPORTED_MEDIA_TYPE' })
})

t.test('an incident that somebody holds open in SQL delays only itself', async (t) => {
  const product = await startProduct(t, { env: { PORTCULLIS_COMMAND_WAIT_MS: '300' } })
  const held = await openIncident(product)
  const free = await openIncident(product)
  const psql = await product.database.pool.connect()
  await psql.query('begin')
  await psql.query(`update incidents set severity = 'warning' where id = $1`, [held.id])
  const waiting = await product.ask<{ status_url: string }>({
    method: 'POST',
    url: `/ops/incidents/${held.id}/ack`,
  })
  t.equal(waiting.status, 202)
  t.equal((await send(product, free.id, 'ack')).status, 200)
  await psql.query('commit')
  psql.release()
  const decided = await waitFor(
    async () => {
      const { body } = await product.ask({ url: waiting.body.status_url })
      return body['status'] === 'done' && body
    },
    { what: 'the decision on the incident that was held' },
  )
  t.match(decided, { answer: { incident: { status: 'acknowledged', severity: 'warning' } } })
})
