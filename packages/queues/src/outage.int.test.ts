// needs: redis-server
import {
  createDatabase,
  startPostgres,
  startRedis,
  type TestScope,
  waitFor,
} from '@portcullis/testkit'
import pg from 'pg'
import t, { type Test } from 'tap'

import { type Note, noteWorker, openOn, QUEUE, reachable } from '../test/open-for-test.ts'
import {
  createProducer,
  isQueueUnavailable,
  migrateQueues,
  type Producer,
  type QueueBackendConfig,
  startQueueWorker,
} from './index.ts'

// The server is killed and comes back. Producers give up within seconds and work again by
// themselves; workers wait, whether they were there before the outage or were started in it.

interface Server {
  readonly config: QueueBackendConfig
  kill(): Promise<void>
  start(): Promise<void>
}

const servers: Record<string, (t: TestScope) => Promise<Server>> = {
  postgres: async (t) => {
    const { connectionString, kill, start } = await startPostgres(t)
    await migrateQueues(connectionString)
    return { config: { kind: 'postgres', connectionString }, kill, start }
  },
  redis: async (t) => {
    const { url, kill, start } = await startRedis(t, { appendfsync: 'always' })
    return { config: { kind: 'redis', url }, kill, start }
  },
}

/** Longer than a producer may take to give up. */
const GIVE_UP_MS_MAX = 6_000

for (const [name, startServer] of Object.entries(servers)) {
  t.test(`on ${name}`, async (t) => {
    t.test(
      'a producer fails fast while the server is away, and works when it is back',
      async (t) => {
        const server = await startServer(t)
        const { backend } = openOn(t, server.config)
        await reachable(backend)
        const producer = createProducer<Note>(backend, QUEUE)
        await producer.add({ jobId: 'note-before', message: { text: 'before' } })
        await server.kill()
        for (let i = 0; i < 3; i += 1) await failsFast(t, producer, `during-${i}`)
        await server.start()
        await reachable(backend)
        await producer.add({ jobId: 'note-after', message: { text: 'after' } })
        t.equal(await backend.queue(QUEUE).getWaitingCount(), 2)
      },
    )

    t.test(
      'a producer that was made while the server was away works when it is there',
      async (t) => {
        const server = await startServer(t)
        await server.kill()
        const { backend } = openOn(t, server.config)
        const producer = createProducer<Note>(backend, QUEUE)
        await failsFast(t, producer, 'during')
        await server.start()
        await reachable(backend)
        await producer.add({ jobId: 'note-after', message: { text: 'after' } })
        t.equal(await backend.queue(QUEUE).getWaitingCount(), 1)
      },
    )

    t.test('workers go on after an outage, also one that was started in it', async (t) => {
      const server = await startServer(t)
      const { backend } = openOn(t, server.config)
      await reachable(backend)
      const done = new Set<string>()
      const take = noteWorker(async (texts) => texts.forEach((text) => done.add(text)))
      const old = startQueueWorker(backend, take)
      const { add } = createProducer<Note>(backend, QUEUE)
      await add({ jobId: 'note-before', message: { text: 'before' } })
      await waitFor(() => done.has('before'), { what: 'the job before the outage' })
      await server.kill()
      const young = startQueueWorker(backend, { ...take, queue: 'request-metrics-1' })
      await server.start()
      await reachable(backend)
      await add({ jobId: 'note-old', message: { text: 'for the old' } })
      const other = createProducer<Note>(backend, 'request-metrics-1')
      await other.add({ jobId: 'note-young', message: { text: 'for the young' } })
      await waitFor(() => done.size === 3, { what: 'the jobs after the outage', timeoutMs: 20_000 })
      await Promise.all([old.close(), young.close()])
    })

    t.test('a job that was done while the server went away is not lost', async (t) => {
      const server = await startServer(t)
      const { backend } = openOn(t, server.config)
      await reachable(backend)
      const goOn = Promise.withResolvers<void>()
      let runs = 0
      const worker = startQueueWorker(
        backend,
        noteWorker(async () => {
          runs += 1
          await goOn.promise
        }),
      )
      const { add } = createProducer<Note>(backend, QUEUE)
      await add({ jobId: 'note-1', message: { text: 'x' } })
      await waitFor(() => runs === 1, { what: 'the job in hand' })
      await server.kill()
      goOn.resolve()
      await server.start()
      await reachable(backend)
      const gone = async () => (await backend.queue(QUEUE).getJobState('note-1')) === 'unknown'
      await waitFor(gone, { what: 'the end of the job', timeoutMs: 30_000 })
      t.ok(runs >= 1)
      await worker.close()
    })

    t.test('a worker closes while the server is away', async (t) => {
      const server = await startServer(t)
      const { backend } = openOn(t, server.config)
      await reachable(backend)
      const before = startQueueWorker(
        backend,
        noteWorker(async () => {}),
      )
      await server.kill()
      const during = startQueueWorker(
        backend,
        noteWorker(async () => {}),
      )
      await waitFor(() => !backend.canCloseGracefully() || name === 'postgres', {
        what: 'the loss',
      })
      await Promise.all([before.close(), during.close()])
    })
  })
}

t.test(
  'a Redis that hangs makes a producer give up, and is used again when it answers',
  async (t) => {
    const redis = await startRedis(t)
    const { backend } = openOn(t, { kind: 'redis', url: redis.url })
    await reachable(backend)
    const producer = createProducer<Note>(backend, QUEUE)
    redis.pause()
    await failsFast(t, producer, 'hanging')
    redis.resume()
    await waitFor(
      async () => {
        await producer.add({ jobId: 'note-after', message: { text: 'after' } })
        return true
      },
      { what: 'an answer' },
    )
  },
)

t.test('a Postgres that ends our connections loses nobody', async (t) => {
  const server = await startPostgres(t)
  await migrateQueues(server.connectionString)
  const { backend } = openOn(t, { kind: 'postgres', connectionString: server.connectionString })
  const { backend: other } = openOn(t, {
    kind: 'postgres',
    connectionString: server.connectionString,
  })
  const done = new Set<string>()
  const worker = startQueueWorker(
    backend,
    noteWorker(async (texts) => texts.forEach((text) => done.add(text))),
  )
  const { add } = createProducer<Note>(other, QUEUE)
  await add({ jobId: 'note-1', message: { text: 'first' } })
  await waitFor(() => done.has('first'), { what: 'the first job' })
  await terminateAll(server.connectionString)
  await waitFor(
    async () => {
      await add({ jobId: 'note-2', message: { text: 'second' } })
      return done.has('second')
    },
    { what: 'the second job' },
  )
  await worker.close()
})

t.test(
  'a Postgres that hangs makes a producer give up, and is used again when it answers',
  async (t) => {
    const { connectionString, pool } = await createDatabase(t)
    await migrateQueues(connectionString)
    const { backend } = openOn(t, { kind: 'postgres', connectionString })
    const producer = createProducer<Note>(backend, QUEUE)
    await producer.add({ jobId: 'note-before', message: { text: 'before' } })
    const client = await pool.connect()
    await client.query('begin; lock table bullmq.job in access exclusive mode')
    await failsFast(t, producer, 'hanging')
    await client.query('commit')
    client.release()
    await producer.add({ jobId: 'note-after', message: { text: 'after' } })
    t.equal(await backend.queue(QUEUE).getJobState('note-after'), 'waiting')
  },
)

t.test('a Redis that was started again is told, once for each time', async (t) => {
  const redis = await startRedis(t)
  let restarts = 0
  const { backend } = openOn(t, { kind: 'redis', url: redis.url }, () => (restarts += 1))
  await reachable(backend)
  await backend.queue(QUEUE).getJobCounts()
  for (const time of [1, 2]) {
    await redis.kill()
    await redis.start()
    await waitFor(() => restarts === time, { what: `word of restart ${time}` })
  }
  const meta = async () => (await backend.queue(QUEUE).getMeta()).maxLenEvents === 1_000
  await waitFor(meta, { what: 'the limit of events, which the restart forgot' })
})

async function failsFast(t: Test, producer: Producer<Note>, text: string): Promise<void> {
  const begun = performance.now()
  const error = await producer.add({ jobId: `note-${text}`, message: { text } }).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  t.ok(isQueueUnavailable(error), `refused: ${String(error)}`)
  t.ok(performance.now() - begun < GIVE_UP_MS_MAX)
}

async function terminateAll(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
  )
  await client.end()
}
