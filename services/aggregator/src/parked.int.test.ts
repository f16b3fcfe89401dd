// needs: redis-server
// Goal: a batch that cannot be folded holds up its own service alone, and is lost to nobody: it can be
// run again, once, however long it waited and whatever became of its queue. Method: a job of several
// services, one of which is bad, is parked; its queue is emptied; it is mended and run again.
import { once } from 'node:events'
import { connect } from 'node:net'

import {
  DEFAULT_PROJECT,
  MetricBatchesMessage,
  type MetricBatchMessage,
  requestMetricsQueue,
  type ServiceName,
} from '@portcullis/contracts'
import { isRetryable } from '@portcullis/event-log'
import { parkedJobsOf, readParkedData } from '@portcullis/projections'
import {
  batchJobId,
  createProducer,
  discardParked,
  migrateQueues,
  openQueueBackend,
  type QueueBackend,
  retryParked,
  startQueueWorker,
  sweepFailed,
} from '@portcullis/queues'
import { createDatabase, queueBackends, type QueueConnection, waitFor } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t, { type Test } from 'tap'

import { batchOf, folderOn, observationsIn, SHARD } from './fixtures/shard.ts'
import { foldJobs } from './fold-jobs.ts'
import { heldNumbers } from './held-numbers.ts'

t.setTimeout(180_000)

const QUEUE = requestMetricsQueue(SHARD)

function of(service: string, requests: number): MetricBatchMessage {
  return { ...batchOf({ requests }), service: service as ServiceName }
}

async function empty(connection: QueueConnection, queues: QueueBackend): Promise<void> {
  if (connection.kind === 'postgres') {
    await queues.queue(QUEUE).obliterate({ force: true })
    return
  }
  const { hostname, port } = new URL(connection.url)
  const socket = connect(Number(port), hostname)
  socket.end('FLUSHALL\r\n')
  await once(socket.resume(), 'end')
}

interface Parked {
  readonly pool: Pool
  readonly queues: QueueBackend
  readonly connection: QueueConnection
  /** What was wrong with the bad batch is wrong no more. */
  readonly mend: () => void
  readonly sweep: () => ReturnType<typeof sweepFailed>
  readonly bad: MetricBatchMessage
  readonly jobId: string
}

/** A job of which one batch is parked. */
async function havePart(t: Test, start: (t: Test) => Promise<QueueConnection>): Promise<Parked> {
  const { pool } = await createDatabase(t)
  const connection = await start(t)
  if (connection.kind === 'postgres') await migrateQueues(connection.connectionString)
  const queues = openQueueBackend(connection, { onError: () => {} })
  t.teardown(() => queues.close())
  await waitFor(async () => (await queues.check()) !== undefined, { what: 'the queues' })
  const batches = [of('shop', 1), of('search', 10), of('billing', 100)]
  const bad = batches[1]!
  let isMended = false
  const folder = folderOn(pool)
  const worker = startQueueWorker(queues, {
    queue: QUEUE,
    schema: MetricBatchesMessage,
    run: async (items) => {
      await foldJobs(
        {
          ...folder,
          fold: (messages) => {
            const isBad = messages.some(({ number }) => number === bad.number)
            if (isBad && !isMended) throw new Error('a fault of the fold')
            return folder.fold(messages)
          },
        },
        items,
      )
    },
    isRetryable,
    concurrency: 4,
  })
  t.teardown(() => worker.close())
  const { run, number } = batches[0]!
  const jobId = batchJobId(run, SHARD, number)
  await createProducer(queues, QUEUE).add({ jobId, message: { v: 1, batches } })
  const sweep = () => sweepFailed(queues, QUEUE, parkedJobsOf(pool, DEFAULT_PROJECT))
  await waitFor(async () => (await sweep()).parked === 1, { what: 'it to be parked' })
  const mend = (): void => {
    isMended = true
  }
  return { pool, queues, connection, mend, sweep, bad, jobId }
}

async function accountOf(pool: Pool) {
  const { rows } = await pool.query('select job_id, service, environment, reason from parked_jobs')
  return rows
}

for (const tested of queueBackends) {
  t.test(`with queues in ${tested.name}`, async (t) => {
    await t.test('a job of several services is parked in the name of the bad one', async (t) => {
      const { pool, queues, bad, jobId } = await havePart(t, tested.start)
      t.match(await accountOf(pool), [
        { job_id: jobId, service: 'search', environment: 'production', reason: /a fault/u },
      ])
      const data = (await readParkedData(pool, DEFAULT_PROJECT, QUEUE)).get(jobId)
      t.match(data, { v: 1, batches: [{ number: bad.number }] })
      t.match((await queues.queue(QUEUE).getJob(jobId))!.data, data as object)
      t.equal(await observationsIn(pool), 101, 'the others count')
    })

    await t.test('what the queue lost stays in the account, and can be run again', async (t) => {
      const { pool, queues, connection, mend, sweep, bad, jobId } = await havePart(t, tested.start)
      await empty(connection, queues)
      t.same(await sweep(), { retried: 0, parked: 0, gone: 0 })
      t.match(await accountOf(pool), [{ job_id: jobId, service: 'search' }])
      const readParked = (queue: string) => readParkedData(pool, DEFAULT_PROJECT, queue)
      const { run, number } = bad
      const range = { run, shard: SHARD, from: number, to: number }
      t.strictSame(await heldNumbers(queues, readParked, range), [range], 'it is not lost')
      mend()
      const data = (await readParked(QUEUE)).get(jobId)
      t.equal(await retryParked(queues, { queue: QUEUE, jobId, name: QUEUE, data }), 'added_again')
      await waitFor(async () => (await sweep()).gone === 1, { what: 'the end of it' })
      t.strictSame(await accountOf(pool), [])
      t.equal(await observationsIn(pool), 111)
    })

    await t.test('what was given up is in neither', async (t) => {
      const { pool, queues, sweep, jobId } = await havePart(t, tested.start)
      await discardParked(queues, { queue: QUEUE, jobId })
      t.equal(await queues.queue(QUEUE).getJob(jobId), undefined)
      await sweep()
      t.equal((await accountOf(pool)).length, 1, 'the account is for the caller to delete')
      await discardParked(queues, { queue: QUEUE, jobId })
    })
  })
}

t.test('a job that is run again after its ids are forgotten counts once', async (t) => {
  const { pool } = await createDatabase(t)
  const batches = [of('shop', 1), of('search', 10)]
  await folderOn(pool).fold(batches)
  await pool.query('delete from inbox')
  await folderOn(pool).fold([...batches, of('shop', 100)])
  t.equal(await observationsIn(pool), 111)
})
