import { waitFor } from '@portcullis/testkit'
import t from 'tap'

import { tokenOf } from './product/credentials.ts'
import { type DoneAnswer, openIncident } from './product/incidents.ts'
import { BACKENDS, type Product, startProduct } from './product/start-product.ts'

// Goal: an accepted command is decided once, whatever happens on its way, and whoever sent it learns
// what became of it. Method: queues, signals and escalators are taken away under real commands.

interface Status {
  readonly command_id: string
  readonly status: string
  readonly status_url: string
}

async function ack(product: Product, id: string, headers: Record<string, string> = {}, nth = 0) {
  const url = `/ops/incidents/${id}/ack`
  return product.askGateway<DoneAnswer & Status>(nth, { method: 'POST', url, headers })
}

/** Waits until a command is decided, and returns what is told of it. */
async function decisionOf(product: Product, url: string): Promise<Record<string, unknown>> {
  const decided = await waitFor(
    async () => {
      const { body } = await product.ask({ url })
      return body['status'] === 'waiting' ? undefined : body
    },
    { what: `the decision of ${url}` },
  )
  return decided
}

async function countEvents({ database }: Product, type: string): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(
    'select count(*)::integer as count from events where type = $1',
    [type],
  )
  return rows[0]!.count
}

t.test('who prefers not to wait is told where the answer will be', async (t) => {
  const product = await startProduct(t)
  const { id } = await openIncident(product)
  const answer = await ack(product, id, { prefer: 'return=minimal, respond-async; foo' })
  t.equal(answer.status, 202)
  t.equal(answer.headers['preference-applied'], 'respond-async')
  t.equal(answer.headers['location'], answer.body.status_url)
  const decided = await decisionOf(product, answer.body.status_url)
  t.match(decided, {
    command: 'ack',
    incident_id: id,
    status: 'done',
    answer: { ok: true, incident: { status: 'acknowledged' } },
    problem: null,
  })
})

t.test('what an asynchronous command was refused for is told at its status', async (t) => {
  const product = await startProduct(t)
  const { id } = await openIncident(product)
  const url = `/ops/incidents/${id}/unack`
  await ack(product, id)
  await product.ask({ method: 'POST', url: `/ops/incidents/${id}/resolve` })
  const headers = { prefer: 'respond-async' }
  const answer = await product.ask<Status>({ method: 'POST', url, headers })
  t.match(await decisionOf(product, answer.body.status_url), {
    status: 'rejected',
    answer: null,
    problem: { code: 'INCIDENT_STATE_FORBIDS', status: 409, reason: 'incident_already_resolved' },
  })
})

t.test('a command of somebody else is not there for who may not look', async (t) => {
  const product = await startProduct(t)
  const announced = await product.ask<Status>({
    method: 'POST',
    url: '/v1/releases',
    token: await tokenOf('a pipeline', 'ci'),
    body: { service: 'shop', version: '1.0.0' },
    headers: { prefer: 'respond-async' },
  })
  const { status_url: url } = announced.body
  t.equal((await product.ask({ url, token: await tokenOf('a pipeline', 'ci') })).status, 200)
  t.equal((await product.ask({ url, token: await tokenOf('another', 'ci') })).status, 404)
  t.equal((await product.ask({ url, token: await tokenOf('anybody', 'ops_viewer') })).status, 200)
  t.equal((await product.ask({ url: '/v1/commands/nonsense' })).status, 404)
})

t.test('while nobody decides, a command is accepted, and decided later', async (t) => {
  const env = { PORTCULLIS_COMMAND_WAIT_MS: '50' }
  const product = await startProduct(t, { env, escalator: false })
  const body = { service: 'shop', route: 'GET /a' }
  const answer = await product.ask<Status>({ method: 'POST', url: '/ops/incidents', body })
  t.equal(answer.status, 202)
  t.equal(answer.headers['preference-applied'], undefined)
  const { body: waiting } = await product.ask({ url: answer.body.status_url })
  t.match(waiting, { status: 'waiting', answer: null, problem: null, decided_at: null })
  await product.startEscalator()
  t.match(await decisionOf(product, answer.body.status_url), { status: 'done' })
})

for (const backend of BACKENDS) {
  t.test(`a retry with the same key gets the same answer, with queues in ${backend}`, async (t) => {
    const product = await startProduct(t, { backend, gateways: 2 })
    const { id } = await openIncident(product)
    const headers = { 'idempotency-key': 'ack-1' }
    const first = await ack(product, id, headers)
    await product.ask({ method: 'POST', url: `/ops/incidents/${id}/resolve` })
    const again = await ack(product, id, headers, 1)
    t.equal(again.status, 200)
    t.same(again.body, first.body, 'as it was then')
    t.equal(await countEvents(product, 'incident.acknowledged'), 1)
  })
}

t.test('the same key for something else is refused', async (t) => {
  const product = await startProduct(t)
  const [one, other] = [await openIncident(product), await openIncident(product)]
  const headers = { 'idempotency-key': 'the key' }
  t.equal((await ack(product, one.id, headers)).status, 200)
  const elsewhere = await ack(product, other.id, headers)
  t.equal(elsewhere.status, 422)
  t.match(elsewhere.body, { code: 'IDEMPOTENCY_KEY_REUSED' })
  const otherBody = await product.ask({
    method: 'POST',
    url: `/ops/incidents/${one.id}/ack`,
    body: { reason: 'another body' },
    headers,
  })
  t.equal(otherBody.status, 422)
  t.equal(await countEvents(product, 'incident.acknowledged'), 1)
})

t.test('a key belongs to whoever used it', async (t) => {
  const product = await startProduct(t)
  const headers = { 'idempotency-key': 'release-1' }
  const announce = async (who: string, version: string) =>
    product.ask({
      method: 'POST',
      url: '/v1/releases',
      token: await tokenOf(who, 'ci'),
      body: { service: 'shop', version },
      headers,
    })
  t.equal((await announce('one pipeline', '1')).status, 201)
  t.equal((await announce('another pipeline', '2')).status, 201)
})

t.test('retries that arrive together, on two gateways, are one command', async (t) => {
  const product = await startProduct(t, { gateways: 2 })
  const { id } = await openIncident(product)
  const headers = { 'idempotency-key': 'comment-1' }
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, nth) =>
      product.askGateway(nth % 2, {
        method: 'POST',
        url: `/ops/incidents/${id}/comment`,
        body: { comment: 'said once' },
        headers,
      }),
    ),
  )
  t.same([...new Set(answers.map(({ status }) => status))], [200])
  t.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1)
  t.equal(await countEvents(product, 'incident.commented'), 1)
})

t.test('a key that is too long is told', async (t) => {
  const product = await startProduct(t)
  const { id } = await openIncident(product)
  const answer = await ack(product, id, { 'idempotency-key': 'x'.repeat(129) })
  t.equal(answer.status, 400)
  t.match(answer.body, { code: 'INVALID_PARAMETER', errors: [{ field: 'idempotency-key' }] })
})

t.test('commands that arrive together are all decided', async (t) => {
  const product = await startProduct(t, { gateways: 2 })
  const incidents = await Promise.all(Array.from({ length: 60 }, () => openIncident(product)))
  const answers = await Promise.all(incidents.map(({ id }, nth) => ack(product, id, {}, nth % 2)))
  t.ok(answers.every(({ status }) => status === 200))
  t.same(
    answers.map(({ body }) => body.incident.id),
    incidents.map(({ id }) => id),
    'each gets its own answer',
  )
  t.equal(await countEvents(product, 'incident.acknowledged'), incidents.length)
})

t.test('with the queue away a command is decided all the same', async (t) => {
  const product = await startProduct(t)
  const { id } = await openIncident(product)
  const { pool } = product.database
  await pool.query('alter schema bullmq rename to bullmq_away')
  t.equal((await ack(product, id)).status, 200)
  await pool.query('alter schema bullmq_away rename to bullmq')
  const other = await openIncident(product)
  t.equal((await ack(product, other.id)).status, 200)
})

t.test('a gateway that hears no signal looks for itself, and listens again', async (t) => {
  const product = await startProduct(t)
  const { id } = await openIncident(product)
  const { pool } = product.database
  const listeners = `select pid from pg_stat_activity
    where datname = current_database() and application_name = 'portcullis gateway (listens)'`
  const { rows } = await pool.query<{ pid: number }>(listeners)
  t.equal(rows.length, 1)
  await pool.query('select pg_terminate_backend($1)', [rows[0]!.pid])
  t.equal((await ack(product, id)).status, 200)
  const isBack = async () => {
    const { rows: now } = await pool.query<{ pid: number }>(listeners)
    return now.length === 1 && now[0]!.pid !== rows[0]!.pid
  }
  await waitFor(isBack, { what: 'the listening connection' })
})

t.test(
  'an escalator that is stopped and another that is started decide each command once',
  async (t) => {
    const product = await startProduct(t)
    const incidents = await Promise.all(Array.from({ length: 30 }, () => openIncident(product)))
    const acks = incidents.map(({ id }) => ack(product, id))
    await product.stopEscalator()
    await product.startEscalator()
    const answers = await Promise.all(acks)
    t.same([...new Set(answers.map(({ status }) => status))], [200])
    t.equal(await countEvents(product, 'incident.acknowledged'), incidents.length)
  },
)
