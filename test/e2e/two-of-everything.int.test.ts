// needs: redis-server
// Goal: two of each process are as good as one, and no more. Method: on Redis, failing traffic goes to
// both gateways; the one alarm that it raises may open one incident, each step of it may be told once,
// and both gateways must give the same verdict about the same second.
// Seen to catch: a claimed delivery without a lease, which both notifiers made; verdicts as of the
// millisecond in which they were asked for.
import { waitFor } from '@portcullis/testkit'
import t, { type Test } from 'tap'

import { eventsOf } from './system/exactly-once.ts'
import { askGuard } from './system/guard.ts'
import { startSystem, type System } from './system/start-system.ts'
import { batchOf, post, untilFolded } from './system/traffic.ts'

t.setTimeout(600_000)

const LEVEL_MAX = 2
const ENV = { ESC_CRIT_ACK_MIN: '0.02', ESC_SNOOZE_MIN: '0.02', MAX_ESC_LEVEL: String(LEVEL_MAX) }

interface Told {
  readonly id: string
  readonly type: string
  readonly incident: string
}

function toldBy({ receiver }: System): Told[] {
  return receiver.requests.map(({ headers, body }) => {
    const { type, data } = JSON.parse(body) as { type: string; data: { incident: { id: string } } }
    return { id: String(headers['webhook-id']), type, incident: data.incident.id }
  })
}

async function failEverywhere({ gateways, database }: System): Promise<void> {
  const batches = Array.from({ length: 20 }, (_, nth) =>
    post(gateways[nth % 2]!, batchOf({ service: 'shop', route: 'GET /broken', status: 500 })),
  )
  await untilFolded(database.pool, await Promise.all(batches))
}

async function oneOfEach(t: Test, system: System): Promise<void> {
  const { pool } = system.database
  await waitFor(
    async () => (await eventsOf(pool, 'notification.delivered')).length >= expected.length,
    { what: 'the deliveries', timeoutMs: 60_000 },
  )
  const opened = await eventsOf<{ scope: { kind: string } }>(pool, 'incident.opened')
  const kinds = opened.map(({ data }) => data.scope.kind).toSorted()
  t.strictSame(kinds, ['error_rate', 'slo_violation'], 'an incident for each kind of alarm')
  const told = toldBy(system)
  t.equal(new Set(told.map(({ id }) => id)).size, told.length, 'nothing was delivered twice')
  for (const { stream } of opened) {
    const incident = stream.replace('incident-', '')
    const steps = told.filter((one) => one.incident === incident).map(({ type }) => type)
    t.strictSame(steps.toSorted(), STEPS, 'each step was told once')
  }
}

const STEPS = ['incident.escalated', 'incident.escalated', 'incident.opened']
const expected = [...STEPS, ...STEPS]

async function sameVerdicts(t: Test, { gateways }: System): Promise<void> {
  const pair = await waitFor(
    async () => {
      const answers = await Promise.all(gateways.map((gateway) => askGuard(gateway)))
      const asOf = new Set(answers.map(({ verdict }) => verdict.as_of))
      const heads = new Set(answers.map(({ verdict }) => JSON.stringify(verdict.heads)))
      return asOf.size === 1 && heads.size === 1 && answers
    },
    { what: 'answers of both gateways about one second', timeoutMs: 60_000 },
  )
  const [one, other] = pair
  t.equal(one!.headers.get('etag'), other!.headers.get('etag'))
  t.strictSame(one!.verdict.violations, other!.verdict.violations)
  t.equal(one!.verdict.outcome, 'fail')
}

t.test('two of everything, on Redis', async (t) => {
  const counts = { gateway: 2, aggregator: 2, escalator: 2, notifier: 2 }
  const system = await startSystem(t, { backend: 'redis', counts, env: ENV })
  // So slow that both notifiers look for what is due while one of them waits for the answer.
  system.receiver.answerWith(() => ({ delayMs: 3_000 }))
  await failEverywhere(system)
  await t.test('the verdicts agree', (t) => sameVerdicts(t, system))
  await t.test('one alarm is one incident, and one notification a step', (t) =>
    oneOfEach(t, system),
  )
})
