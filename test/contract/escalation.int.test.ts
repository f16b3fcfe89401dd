import { waitFor } from '@portcullis/testkit'
import t from 'tap'

import { tokenOf } from './product/credentials.ts'
import { openIncident, type ShownIncident, type ShownProblem } from './product/incidents.ts'
import { type Product, startProduct } from './product/start-product.ts'

// Goal: escalation can be looked at, hurried and recalculated over HTTP, and a step that is held back
// is told with its reason. Method: incidents are made due with SQL, as the first system's users did.

interface Health {
  readonly status: string
  readonly reasons: readonly string[]
  readonly settings: Readonly<Record<string, unknown>>
  readonly paused: boolean
  readonly escalators: { readonly alive: number; readonly last_beat_at: string | null }
  readonly timers: { readonly total: number; readonly due: number }
  readonly held_back: Readonly<Record<string, number>>
}

interface TickAnswer {
  readonly due: number
  readonly escalated: number
  readonly held_back: readonly { readonly incident: string; readonly why: string }[]
}

interface RecalcAnswer {
  readonly ok: true
  readonly looked_at: number
  readonly rescheduled: number
  readonly held: readonly string[]
}

async function health(product: Product) {
  return product.ask<Health>({ url: '/ops/escalation/health' })
}

async function tick(product: Product): Promise<TickAnswer> {
  const url = '/ops/escalation/tick'
  const { status, body } = await product.ask<TickAnswer & { ok: boolean }>({ method: 'POST', url })
  if (status !== 200 || !body.ok) throw new Error(`${status}: ${JSON.stringify(body)}`)
  return body
}

async function recalc(product: Product): Promise<RecalcAnswer> {
  const url = '/ops/escalation/recalc'
  const { status, body } = await product.ask<RecalcAnswer>({ method: 'POST', url })
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`)
  return body
}

async function shown(product: Product, id: string) {
  const { body } = await product.ask<{
    incident: ShownIncident & { next_due_at: string | null; first_seen: string }
  }>({ url: `/ops/incidents/${id}` })
  return body.incident
}

/** The escalator's own look may be at it when a tick finds nothing to do: then it is done a moment later. */
async function untilLookedAt(
  product: Product,
  id: string,
  isDone: (incident: Awaited<ReturnType<typeof shown>>) => boolean,
) {
  return waitFor(
    async () => {
      const incident = await shown(product, id)
      return isDone(incident) && incident
    },
    { what: 'the look at a due incident' },
  )
}

async function steer({ database }: Product, { id }: { id: string }, set: string): Promise<void> {
  const { rowCount } = await database.pool.query(`update incidents set ${set} where id = $1`, [id])
  if (rowCount !== 1) throw new Error(`no incident ${id}`)
}

const DUE = `first_seen = now() - interval '6 minutes'`

t.test('the health of escalation shows its settings, its timers and who does it', async (t) => {
  const product = await startProduct(t)
  const empty = await waitFor(
    async () => {
      const answer = await health(product)
      return answer.status === 200 && answer
    },
    { what: 'the first beat' },
  )
  t.match(empty.body, {
    status: 'ok',
    reasons: [],
    settings: {
      crit_ack_min: 5,
      warn_ack_min: 15,
      snooze_min: 30,
      max_level: 7,
      dry_run: false,
      canary_pct: 100,
      pause_cron: null,
      tick_seconds: 60,
    },
    paused: false,
    escalators: { alive: 1 },
    timers: { total: 0, due: 0, oldest_due_at: null, next_due_at: null },
    held_back: { total: 0 },
  })
  const { id } = await openIncident(product)
  const { next_due_at } = await shown(product, id)
  t.match((await health(product)).body.timers, { total: 1, due: 0, next_due_at })
})

t.test('without an escalator its health fails, and says why', async (t) => {
  const product = await startProduct(t, { escalator: false })
  const { status, body } = await health(product)
  t.equal(status, 503)
  t.match(body, {
    status: 'failing',
    reasons: ['no escalator has been heard of'],
    escalators: { alive: 0, last_beat_at: null },
  })
})

t.test('a tick fires what is due, once', async (t) => {
  const product = await startProduct(t)
  const incident = await openIncident(product)
  await steer(product, incident, DUE)
  // The escalator's own look may come first: either way it has happened now, and once.
  const { due, escalated } = await tick(product)
  t.ok(escalated <= due && due <= 1)
  await untilLookedAt(product, incident.id, (one) => one.escalation_level === 1)
  t.match(await tick(product), { due: 0, escalated: 0, held_back: [] })
  const { escalation_level, next_due_at, first_seen } = await shown(product, incident.id)
  t.equal(escalation_level, 1)
  // ESC_SNOOZE_MIN after the last one is later than twice the SLA after the first sight.
  t.ok(Date.parse(next_due_at!) - Date.parse(first_seen) > 35 * 60_000)
})

t.test('an acknowledged incident is not escalated, however late', async (t) => {
  const product = await startProduct(t)
  const incident = await openIncident(product)
  await steer(product, incident, `${DUE}, status = 'acknowledged', acknowledged_by = 'bob'`)
  t.match(await tick(product), { escalated: 0 })
  const looked = await untilLookedAt(product, incident.id, (one) => one.next_due_at === null)
  t.equal(looked.escalation_level, 0)
})

/** Why a step is held back, by the setting that says so. */
const HELD: readonly (readonly [env: Record<string, string>, why: string])[] = [
  [{ ESC_DRY_RUN: 'true' }, 'dry_run'],
  [{ ESC_PAUSE_CRON: '* * * * *' }, 'paused'],
  [{ ESC_CANARY_PCT: '0' }, 'outside_canary'],
]

for (const [env, why] of HELD) {
  t.test(`a step that is held back is told: ${why}`, async (t) => {
    const product = await startProduct(t, { env })
    const incident = await openIncident(product)
    await steer(product, incident, DUE)
    // What SQL has just changed is looked at within a second, or later on a busy machine.
    const isDue = async () => (await health(product)).body.timers['due'] === 1
    await waitFor(isDue, { what: 'the timer of what SQL changed' })
    for (let nth = 0; nth < 3; nth += 1) {
      const held = { incident: incident.id, step: 'hold', level: 1, why }
      t.match(await tick(product), { due: 1, escalated: 0, held_back: [held] })
    }
    t.match(await shown(product, incident.id), { escalation_level: 0 })
    const { body } = await waitFor(
      async () => {
        const found = await health(product)
        return found.status === 200 && found
      },
      { what: 'health: what is held back is meant to be' },
    )
    t.equal(body.paused, why === 'paused')
    t.ok(body.held_back['total']! > 0)
    t.equal(body.held_back[why], body.held_back['total'])
  })
}

t.test('recalculation moves due times to where the settings want them', async (t) => {
  const product = await startProduct(t)
  const moved = await openIncident(product)
  const right = await openIncident(product)
  const acknowledged = await openIncident(product)
  await product.ask({ method: 'POST', url: `/ops/incidents/${acknowledged.id}/ack` })
  const due = (await shown(product, moved.id)).next_due_at
  await steer(product, moved, `next_due_at = now() + interval '5 days'`)
  t.not((await shown(product, moved.id)).next_due_at, due)
  t.same(await recalc(product), { ok: true, looked_at: 2, rescheduled: 1, held: [] })
  t.equal((await shown(product, moved.id)).next_due_at, due, 'first_seen + SLA')
  t.equal((await shown(product, right.id)).version, 1, 'what is right is left alone')
  t.same(await recalc(product), { ok: true, looked_at: 2, rescheduled: 0, held: [] })
})

t.test('an incident that somebody holds in SQL is told by recalculation', async (t) => {
  const product = await startProduct(t)
  const { id } = await openIncident(product)
  const psql = await product.database.pool.connect()
  try {
    await psql.query('begin')
    await psql.query(`update incidents set severity = 'warning' where id = $1`, [id])
    t.same(await recalc(product), { ok: true, looked_at: 0, rescheduled: 0, held: [id] })
    await psql.query('rollback')
  } finally {
    psql.release()
  }
})

t.test('who may not steer escalation is refused, and so is a body', async (t) => {
  const product = await startProduct(t)
  const viewer = await tokenOf('somebody', 'ops_viewer')
  for (const name of ['tick', 'recalc']) {
    const url = `/ops/escalation/${name}`
    t.equal((await product.ask({ method: 'POST', url, token: null })).status, 401, name)
    const forbidden = await product.ask({ method: 'POST', url, token: viewer })
    t.equal(forbidden.status, 403, name)
    t.match(forbidden.body, { code: 'FORBIDDEN', needs: 'escalation:write' })
    t.equal((await product.ask({ method: 'POST', url, body: {} })).status, 200, name)
    const mistaken = await product.ask<ShownProblem>({ method: 'POST', url, body: { now: true } })
    t.equal(mistaken.status, 400, name)
    t.match(mistaken.body, { code: 'INVALID_BODY', errors: [{ field: '/now', fix: /\S/u }] })
    const malformed = await product.ask<ShownProblem>({ method: 'POST', url, body: '{' })
    t.equal(malformed.body.code, 'MALFORMED_BODY', name)
    const got = await product.ask({ url })
    t.equal(got.status, 405, name)
    t.equal(got.headers['allow'], 'POST')
  }
})

t.test('a tick that is not waited for is found by its status', async (t) => {
  const product = await startProduct(t)
  const answer = await product.ask<{ status_url: string }>({
    method: 'POST',
    url: '/ops/escalation/tick',
    headers: { prefer: 'respond-async' },
  })
  t.equal(answer.status, 202)
  const decided = await waitFor(
    async () => {
      const { body } = await product.ask({ url: answer.body.status_url })
      return body['status'] === 'done' && body
    },
    { what: 'the end of the tick' },
  )
  t.match(decided, { command: 'tick', incident_id: null, answer: { ok: true, escalated: 0 } })
})
