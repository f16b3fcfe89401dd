// needs: redis-server
// Goal: the same log gives the same state, and every verdict can be given again. Method: verdicts are
// collected from two gateways while traffic flows, incidents open and people act; each is computed
// anew from the events and batches up to the heads that it names, and must have the same canonical
// bytes. Meanwhile all projections are rebuilt beside the live ones.
// Seen to catch: a fold of incidents that asks the clock when they were escalated, and a gateway that
// keeps a route's health although its buckets changed.
import { waitFor } from '@portcullis/testkit'
import t, { type Test } from 'tap'

import type { Gateway } from './system/gateway.ts'
import { askGuard, type GuardAnswer, staleCausesOf } from './system/guard.ts'
import { runPortcullis } from './system/run-portcullis.ts'
import { BACKENDS, startSystem, type System } from './system/start-system.ts'
import { startTraffic } from './system/steady-traffic.ts'
import { batchOf, post } from './system/traffic.ts'
import { type Stated, verdictFromTruth } from './system/verdict-from-truth.ts'

t.setTimeout(600_000)

const ROUNDS = 12

type Question = Readonly<Record<string, string>>

const QUESTIONS: readonly Question[] = [
  {},
  { service: 'shop' },
  { check_regress: 'true', allow_warn: 'false', min_samples: '1' },
  { environment: 'staging' },
]

/** What makes verdicts differ: failures, slowness, other places, and an incident that changes. */
async function stir(gateway: Gateway, round: number): Promise<void> {
  await post(gateway, batchOf({ service: 'shop', route: `GET /${round % 5}`, status: 503 }))
  await post(gateway, batchOf({ service: 'search', durationMs: 40 * round, count: 30 }))
  await post(gateway, batchOf({ service: 'shop', environment: 'staging', version: `1.${round}` }))
  const incident = { service: 'shop', route: `GET /by-hand-${round % 3}` }
  const opened = await gateway.ask('/ops/incidents', { method: 'POST', body: incident })
  const body = opened.body as { incident?: { id: string } }
  if (body.incident === undefined) return
  const command = round % 2 === 0 ? 'escalate' : 'ack'
  await gateway.ask(`/ops/incidents/${body.incident.id}/${command}`, { method: 'POST' })
}

/** Asks until nothing in the answer is stale: what makes it so is in no log. */
async function certain(gateway: Gateway, question: Question): Promise<GuardAnswer> {
  const isCertain = async (): Promise<GuardAnswer | false> => {
    const answer = await askGuard(gateway, question)
    return staleCausesOf(answer).length === 0 && answer
  }
  return waitFor(isCertain, { what: 'a verdict that is not stale', timeoutMs: 120_000 })
}

async function collect({ gateways }: System): Promise<GuardAnswer[]> {
  const answers: GuardAnswer[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    await stir(gateways[round % gateways.length]!, round)
    for (const gateway of gateways) {
      for (const question of QUESTIONS) answers.push(await certain(gateway, question))
    }
  }
  return answers
}

async function assertGivenAgain(t: Test, { database }: System, answer: GuardAnswer): Promise<void> {
  const stated = answer.verdict as Stated
  const again = await verdictFromTruth(database.pool, stated)
  t.equal(again.etag, answer.headers.get('etag'), `as of ${stated.as_of}, ${stated.position}`)
}

for (const backend of BACKENDS) {
  t.test(`with queues in ${backend}`, async (t) => {
    const counts = { gateway: 2, aggregator: 2, escalator: 2 }
    const system = await startSystem(t, { backend, counts })
    const traffic = startTraffic(system.gateways, { services: ['shop', 'billing'], clients: 2 })
    const rebuilding = runPortcullis(system, 'replay')
    const answers = await collect(system)
    await traffic.stop()
    t.match(await rebuilding, { code: 0 }, 'all projections were rebuilt meanwhile')

    await t.test('every verdict can be given again', async (t) => {
      const outcomes = new Set(answers.map(({ verdict }) => verdict.outcome))
      t.strictSame([...outcomes].toSorted(), ['fail', 'pass'], 'there were verdicts of both kinds')
      for (const answer of answers) await assertGivenAgain(t, system, answer)
    })

    await t.test('every projection is what the log says', async (t) => {
      t.match(await runPortcullis(system, 'replay', '--verify'), { code: 0 })
      t.match(await runPortcullis(system, 'verify'), { code: 0 })
    })
  })
}
