// needs: redis-server
// Goal: what was accepted is counted, whatever dies. Method: clients send batches without a break
// while processes and servers are killed one after the other; then every accepted batch is looked
// for in the log and in the windows. Commands are accepted while nobody decides, and their queue is
// emptied.
// Seen to catch: a 202 that does not wait for the queue, and an escalator that decides only what a job
// announces.
import { ALL_QUEUES } from '@portcullis/queues'
import { waitFor } from '@portcullis/testkit'
import t, { type Test } from 'tap'

import { assertCountedOnce, eventsOf } from './system/exactly-once.ts'
import { untilReady } from './system/gateway.ts'
import { askGuard } from './system/guard.ts'
import { queuesOf } from './system/queues-of.ts'
import type { ServiceProcess } from './system/service-process.ts'
import { BACKENDS, startSystem, type System } from './system/start-system.ts'
import { startTraffic } from './system/steady-traffic.ts'

t.setTimeout(600_000)

/** Enough for a killed process to have left something unfinished. */
const BATCHES_BETWEEN = 25

async function killAndStart(process: ServiceProcess): Promise<void> {
  await process.kill()
  await process.start()
}

/** Ways in which a part dies and comes back, by their names. */
function deathsOf(system: System): [string, () => Promise<void>][] {
  const { gateways, aggregators, postgres, redis } = system
  return [
    ['an aggregator', () => killAndStart(aggregators[0]!)],
    ['a gateway', () => killAndStart(gateways[0]!.process)],
    [
      'both aggregators',
      async () => {
        await Promise.all(aggregators.map((one) => one.kill()))
        await Promise.all(aggregators.map((one) => one.start()))
      },
    ],
    [
      'Postgres',
      async () => {
        await postgres?.kill()
        await postgres?.start()
      },
    ],
    [
      'Redis',
      async () => {
        await redis?.kill()
        await redis?.start()
      },
    ],
    [
      'both gateways',
      async () => {
        await Promise.all(gateways.map((one) => one.process.kill()))
        await Promise.all(gateways.map((one) => one.process.start()))
      },
    ],
  ]
}

async function killAll(t: Test, system: System): Promise<void> {
  const traffic = startTraffic(system.gateways, { services: ['shop', 'search', 'billing'] })
  for (const [what, dies] of deathsOf(system)) {
    await traffic.more(BATCHES_BETWEEN)
    await dies()
    t.comment(`${what} died after ${traffic.accepted.length} batches`)
  }
  await traffic.more(BATCHES_BETWEEN)
  const accepted = await traffic.stop()
  await assertCountedOnce(t, system.database.pool, accepted)
}

for (const backend of BACKENDS) {
  t.test(`accepted batches outlive every part, with queues in ${backend}`, async (t) => {
    const counts = { gateway: 2, aggregator: 2 }
    const system = await startSystem(t, {
      backend,
      counts,
      ownPostgres: true,
      appendfsync: 'always',
    })
    await killAll(t, system)
    await Promise.all(system.gateways.map(untilReady))
    for (const gateway of system.gateways) t.equal((await askGuard(gateway)).status, 200)
    t.strictSame(await eventsOf(system.database.pool, 'metrics.lost'), [], 'nothing counts as lost')
  })

  t.test(`accepted commands outlive their queue in ${backend}`, async (t) => {
    const system = await startSystem(t, { backend })
    const [gateway] = system.gateways
    const [escalator] = system.escalators
    await escalator!.kill()
    const routes = ['GET /a', 'GET /b', 'GET /c']
    for (const route of routes) {
      const { status } = await gateway!.ask('/ops/incidents', {
        method: 'POST',
        body: { service: 'shop', route },
        headers: { prefer: 'respond-async' },
      })
      t.equal(status, 202)
    }
    await emptyQueues(t, system)
    await escalator!.start()
    const opened = await waitFor(
      async () => {
        const events = await eventsOf<{ scope: { route: string } }>(
          system.database.pool,
          'incident.opened',
        )
        return events.length >= routes.length && events
      },
      { what: 'the decision of what was accepted', timeoutMs: 30_000 },
    )
    t.strictSame(opened.map(({ data }) => data.scope.route).toSorted(), routes)
  })
}

/** Does to the queues what a flush of Redis would do, on either backend. */
async function emptyQueues(t: Test, system: System): Promise<void> {
  const queues = queuesOf(t, system)
  for (const name of ALL_QUEUES) {
    // Until the connection is there, calls fail.
    await waitFor(
      () =>
        queues
          .queue(name)
          .obliterate({ force: true })
          .then(() => true),
      {
        what: `an empty ${name}`,
      },
    )
  }
}
