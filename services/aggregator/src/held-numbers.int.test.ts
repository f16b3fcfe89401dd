// needs: redis-server
// A number that a job holds, in whatever state, is not lost.
import { type GatewayRunId, requestMetricsQueue } from '@portcullis/contracts'
import { batchJobId, migrateQueues, openQueueBackend } from '@portcullis/queues'
import { queueBackends, waitFor } from '@portcullis/testkit'
import t from 'tap'

import { heldNumbers } from './held-numbers.ts'

const RUN = '01a20af4-a1a6-7afb-8fba-f43724ae0faf' as GatewayRunId
const SHARD = 1

for (const tested of queueBackends) {
  t.test(`what a job holds is found on ${tested.name}`, async (t) => {
    const connection = await tested.start(t)
    if (connection.kind === 'postgres') await migrateQueues(connection.connectionString)
    const queues = openQueueBackend(connection, { onError: () => {} })
    t.teardown(() => queues.close())
    const queue = queues.queue(requestMetricsQueue(SHARD))
    const add = (first: number, data: unknown): Promise<unknown> =>
      // Redis may still be connecting.
      waitFor(
        () =>
          queue.add(queue.name, data, { jobId: batchJobId(RUN, SHARD, first) }).then(() => true),
        { what: 'a job' },
      )
    const parked = new Map<string, unknown>()
    const held = async (from: number, to: number): Promise<[number, number][]> => {
      const range = { run: RUN, shard: SHARD, from, to }
      const found = await heldNumbers(queues, async () => parked, range)
      return found.map((one) => [one.from, one.to])
    }
    await add(200, { v: 1, batches: [{ number: 200 }, { number: 201 }, { number: 202 }] })
    t.strictSame(await held(202, 202), [[202, 202]], 'also in a job that begins before it')
    t.strictSame(
      await held(199, 203),
      [200, 201, 202].map((one) => [one, one]),
    )
    t.strictSame(await held(203, 400), [])
    t.strictSame(await held(199, 199), [])
    t.strictSame((await held(1, 400)).at(-1), [201, 400], 'what follows is looked for later')
    await queue.pause()
    t.strictSame(await held(201, 201), [[201, 201]], 'a paused queue holds what is in it')
    await add(300, 'broken by hand')
    t.strictSame(await held(301, 301), [[300, 363]], 'what cannot be read may hold anything')
    await queue.remove(batchJobId(RUN, SHARD, 200))
    t.strictSame(await held(201, 201), [])
    parked.set(batchJobId(RUN, SHARD, 200), { v: 1, batches: [{ number: 201 }] })
    t.strictSame(await held(200, 202), [[201, 201]], 'a queue may have lost what is parked')
  })
}
