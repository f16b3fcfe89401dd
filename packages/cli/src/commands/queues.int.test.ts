// needs: redis-server
import {
  ALL_QUEUES,
  createProducer,
  migrateQueues,
  openQueueBackend,
  type QueueBackend,
  type QueueBackendConfig,
  startQueueWorker,
} from '@portcullis/queues'
import { createDatabase, startRedis, waitFor } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t, { type Test } from 'tap'

import { callCli } from '../../test/call-cli.ts'

const QUEUE = 'request-metrics-0'

/** A database, queues in it or in a Redis, and the command line beside them. */
async function openInstallation(t: Test, kind: 'postgres' | 'redis') {
  const { connectionString, pool } = await createDatabase(t)
  const env: Record<string, string> = { DATABASE_URL: connectionString }
  let config: QueueBackendConfig = { kind: 'postgres', connectionString }
  if (kind === 'redis') {
    const { url } = await startRedis(t, { appendfsync: 'always' })
    env['REDIS_URL'] = url
    config = { kind: 'redis', url }
  } else {
    await migrateQueues(connectionString)
  }
  const backend = openQueueBackend(config, { onError: () => {} })
  t.teardown(async () => backend.close())
  await backend.check()
  return { pool, backend, env, cli: (...argv: string[]) => callCli(argv, { env }) }
}

/** Runs a job to its end as poison, as a worker does with a payload that it cannot read. */
async function failForGood(backend: QueueBackend, jobId: string): Promise<void> {
  const worker = startQueueWorker(backend, {
    queue: QUEUE,
    schema: { safeParse: () => ({ success: false, error: { message: 'cells: not base64' } }) },
    run: async () => {},
    isRetryable: () => false,
    concurrency: 1,
  })
  await createProducer(backend, QUEUE).add({ jobId, message: { service: 'shop', jobId } })
  const isFailed = async () => (await backend.queue(QUEUE).getJobState(jobId)) === 'failed'
  await waitFor(isFailed, { what: `${jobId} to fail` })
  await worker.close()
}

/** Writes a job down as a service's sweep does. */
async function park(pool: Pool, jobId: string, reason = 'poison: cells: not base64') {
  await pool.query(
    `insert into parked_jobs (project_id, queue, job_id, service, environment, reason, data, failed_at)
     values ('default', $1, $2, 'shop', 'production', $3, $4, now() - interval '3 minutes')`,
    [QUEUE, jobId, reason, JSON.stringify({ service: 'shop', jobId })],
  )
}

t.setTimeout(300_000)

for (const kind of ['postgres', 'redis'] as const) {
  t.test(`on ${kind}`, async (t) => {
    t.test('every queue is shown with what waits and failed in it', async (t) => {
      const { backend, pool, cli } = await openInstallation(t, kind)
      await failForGood(backend, 'batch-a')
      await park(pool, 'batch-a')
      await createProducer(backend, QUEUE).add({ jobId: 'batch-b', message: {} })
      const { exit, out, err } = await cli('queues')
      t.strictSame({ exit, err }, { exit: 0, err: '' })
      const [head, first, ...others] = out.trimEnd().split('\n')
      t.match(head, /^QUEUE +WAITING +ACTIVE +DELAYED +FAILED +PARKED +OLDEST +STATE$/u)
      t.match(first, /^request-metrics-0 +1 +0 +0 +1 +1 +\d+s +open$/u)
      t.equal(others.length, ALL_QUEUES.length - 1)
      for (const line of others) t.match(line, /^\S+ +0 +0 +0 +0 +0 +- +open$/u)
      const { out: json } = await cli('queues', '--json')
      t.match(JSON.parse(json)[0], {
        queue: QUEUE,
        waiting: 1,
        failed: 1,
        parked: 1,
        oldest_waiting_ms: Number,
        full: null,
      })
    })

    t.test('a queue at its limit is told as full', async (t) => {
      const { backend, env } = await openInstallation(t, kind)
      await createProducer(backend, QUEUE).add({ jobId: 'batch-b', message: {} })
      const limited = { ...env, PORTCULLIS_QUEUE_DEPTH_MAX: '1' }
      const { out } = await callCli(['queues'], { env: limited })
      t.match(out, /^request-metrics-0 .* full \(depth\)$/mu)
    })

    t.test('a parked job is run again by its id', async (t) => {
      const { backend, pool, cli } = await openInstallation(t, kind)
      await failForGood(backend, 'batch-a')
      await park(pool, 'batch-a')
      t.strictSame(await cli('queues', 'retry', 'batch-a'), {
        exit: 0,
        out: 'batch-a in request-metrics-0 waits to be run again.\n',
        err: '',
      })
      t.equal(await backend.queue(QUEUE).getJobState('batch-a'), 'waiting')
      t.match(await cli('queues', 'retry', 'batch-a'), {
        exit: 0,
        out: 'batch-a in request-metrics-0 waits or runs already.\n',
      })
    })

    t.test('a parked job that its queue lost is added again with its data', async (t) => {
      const { backend, pool, cli } = await openInstallation(t, kind)
      await park(pool, 'batch-a')
      await park(pool, 'batch-b')
      t.match(await cli('queues', 'retry', '--all'), {
        exit: 0,
        out: /^(batch-[ab] in request-metrics-0 was gone from its queue and is in it again\.\n){2}$/u,
      })
      const job = await backend.queue(QUEUE).getJob('batch-a')
      t.strictSame(job?.data, { service: 'shop', jobId: 'batch-a' })
      t.equal(job?.name, QUEUE)
    })

    t.test('a parked job is given up, in its queue or gone from it', async (t) => {
      const { backend, pool, cli } = await openInstallation(t, kind)
      await failForGood(backend, 'batch-a')
      for (const jobId of ['batch-a', 'batch-b']) {
        await park(pool, jobId)
        t.strictSame(await cli('queues', 'discard', jobId), {
          exit: 0,
          out: `${jobId} in request-metrics-0 is given up.\n`,
          err: '',
        })
        t.equal(await backend.queue(QUEUE).getJob(jobId), undefined)
      }
      t.match(await cli('queues', 'parked'), { out: 'No job is parked.\n' })
      t.match(await cli('queues', 'discard', 'batch-a'), { exit: 1, err: /no parked job/u })
    })
  })
}

t.test('parked jobs are listed with their reasons, oldest first', async (t) => {
  const { pool, cli } = await openInstallation(t, 'postgres')
  t.match(await cli('queues', 'parked'), { exit: 0, out: 'No job is parked.\n' })
  await park(pool, 'batch-a', 'poison: \u001b[2Jcells: not base64')
  const { exit, out } = await cli('queues', 'parked')
  t.equal(exit, 0)
  t.match(out, /^JOB +QUEUE +SERVICE +ENVIRONMENT +FAILED +REASON$/mu)
  t.match(
    out,
    /^batch-a +request-metrics-0 +shop +production +3m( \d+s)? ago +poison: \\x1b\[2Jcells/mu,
  )
  const { out: json } = await cli('queues', 'parked', '--json')
  t.match(JSON.parse(json), [
    { job_id: 'batch-a', queue: QUEUE, service: 'shop', data: { jobId: 'batch-a' } },
  ])
})

t.test('an id that no parked job has is a no, and nothing parked is none', async (t) => {
  const { cli } = await openInstallation(t, 'postgres')
  t.match(await cli('queues', 'retry', 'nope'), {
    exit: 1,
    err: 'portcullis: no parked job has the id "nope". `portcullis queues parked` shows all.\n',
  })
  t.match(await cli('queues', 'retry', '--all'), { exit: 0, out: 'No job is parked.\n' })
})

t.test(
  'queues without their schema are out of reach, and the answer says how to make it',
  async (t) => {
    const { connectionString } = await createDatabase(t)
    const { exit, err } = await callCli(['queues'], { env: { DATABASE_URL: connectionString } })
    t.equal(exit, 4)
    t.match(err, /^portcullis: the queues in the database cannot be used \(.*`portcullis migrate`/u)
  },
)

t.test('a Redis that is away is out of reach', async (t) => {
  const { connectionString } = await createDatabase(t)
  const env = { DATABASE_URL: connectionString, REDIS_URL: 'redis://127.0.0.1:1' }
  const { exit, err } = await callCli(['queues'], { env })
  t.equal(exit, 4)
  t.match(err, /^portcullis: the queues on Redis cannot be used \(.*REDIS_URL/u)
})
