// needs: redis-server
// A number that a job holds, in whatever state, is not lost.
import { type GatewayRunId, requestMetricsQueue } from '@portcullis/contracts'
import { batchJobId, migrateQueues, openQueueBackend } from '@portcullis/queues'
import { queueBackends, waitFor } from '@portcullis/testkit'
import t from 'tap'

import { isHeld } from './held-numbers.ts'

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
    const held = (from: number, to: number): Promise<boolean> =>
      isHeld(queues, { run: RUN, shard: SHARD, from, to })
    await add(200, { v: 1, batches: [{ number: 200 }, { number: 201 }, { number: 202 }] })
    t.equal(await held(202, 202), true, 'also in a job that begins before it')
    t.equal(await held(1, 200), true)
    t.equal(await held(203, 400), false)
    t.equal(await held(199, 199), false)
    await queue.pause()
    t.equal(await held(201, 201), true, 'a paused queue holds what is in it')
    await add(300, 'broken by hand')
    t.equal(await held(301, 301), true, 'what cannot be read may hold anything')
    await queue.remove(batchJobId(RUN, SHARD, 200))
    t.equal(await held(201, 201), false)
  })
}
