// needs: redis-server
import type { EpochMs } from '@portcullis/contracts'
import { queueBackends, waitFor } from '@portcullis/testkit'
import t from 'tap'

import { type Note, noteWorker, openForTest, QUEUE, reachable } from '../test/open-for-test.ts'
import { createProducer, startQueueWorker, watchQueues } from './index.ts'

// What holds on one backend holds on the other. Each test has a server or a database of its own.

const CLOCK = { now: () => Date.now() as EpochMs }
const LIMITS = { depthMax: 5, oldestWaitingMsMax: 60_000 }

for (const tested of queueBackends) {
  t.test(`on ${tested.name}`, async (t) => {
    t.test('what is added is worked off once, and nothing of it stays', async (t) => {
      const { backend } = await openForTest(t, tested)
      await reachable(backend)
      const { add, addAll } = createProducer<Note>(backend, QUEUE)
      for (const text of ['a', 'b', 'c']) await add({ jobId: `note-${text}`, message: { text } })
      const many = Array.from({ length: 30 }, (_, i) => `many ${i}`)
      await addAll(many.map((text, i) => ({ jobId: `many-${i}`, message: { text } })))
      const done: string[] = []
      const worker = startQueueWorker(
        backend,
        noteWorker(async (texts) => void done.push(...texts)),
      )
      await waitFor(() => done.length === 33, { what: 'all notes' })
      await worker.close()
      t.same(new Set(done), new Set(['a', 'b', 'c', ...many]))
      const counts = await backend.queue(QUEUE).getJobCounts()
      t.equal(
        Object.values(counts).reduce((sum, count) => sum + count),
        0,
      )
    })

    t.test('a job id that is there already is one job', async (t) => {
      const { backend } = await openForTest(t, tested)
      await reachable(backend)
      const { add, addAll } = createProducer<Note>(backend, QUEUE)
      await add({ jobId: 'note-1', message: { text: 'first' } })
      await add({ jobId: 'note-1', message: { text: 'second' } })
      const bulk = Array.from({ length: 10 }, () => ({
        jobId: 'note-1',
        message: { text: 'bulk' },
      }))
      await addAll(bulk)
      const done: string[] = []
      const worker = startQueueWorker(
        backend,
        noteWorker(async (texts) => void done.push(...texts)),
      )
      await waitFor(() => done.length > 0, { what: 'the note' })
      await worker.close()
      t.same(done, ['first'])
    })

    t.test('jobs that wait while a group commits share the next commit', async (t) => {
      const { backend } = await openForTest(t, tested)
      await reachable(backend)
      const { add } = createProducer<Note>(backend, QUEUE)
      const groups: (readonly string[])[] = []
      const first = Promise.withResolvers<void>()
      let handedIn = 0
      const worker = startQueueWorker(
        backend,
        noteWorker(
          async (texts) => {
            groups.push(texts)
            if (groups.length === 1) await first.promise
          },
          { bytesOf: () => (handedIn += 1) },
        ),
      )
      await add({ jobId: 'note-0', message: { text: '0' } })
      await waitFor(() => groups.length === 1, { what: 'the first group' })
      for (const text of ['1', '2', '3', '4'])
        await add({ jobId: `note-${text}`, message: { text } })
      await waitFor(() => handedIn === 5, { what: 'all jobs in the hands of the worker' })
      first.resolve()
      await waitFor(() => groups.flat().length === 5, { what: 'all notes' })
      await worker.close()
      t.equal(groups.length, 2)
      t.same(groups[1]?.toSorted(), ['1', '2', '3', '4'])
    })

    t.test('closing finishes what is held and takes nothing more', async (t) => {
      const { backend } = await openForTest(t, tested)
      await reachable(backend)
      const { add } = createProducer<Note>(backend, QUEUE)
      const done: string[] = []
      const begun = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      const worker = startQueueWorker(
        backend,
        noteWorker(async (texts) => {
          begun.resolve()
          await goOn.promise
          done.push(...texts)
        }),
      )
      await add({ jobId: 'note-held', message: { text: 'held' } })
      await begun.promise
      const closing = worker.close()
      goOn.resolve()
      await closing
      await add({ jobId: 'note-late', message: { text: 'late' } })
      t.same(done, ['held'])
      t.equal(await backend.queue(QUEUE).getJobState('note-late'), 'waiting')
      t.equal(await backend.queue(QUEUE).getJobState('note-held'), 'unknown', 'done and removed')
    })

    t.test('depth and age are seen, and a full queue says so', async (t) => {
      const { backend } = await openForTest(t, tested)
      await reachable(backend)
      const { add } = createProducer<Note>(backend, QUEUE)
      const errors: unknown[] = []
      const watch = watchQueues(backend, {
        queues: [QUEUE],
        limits: LIMITS,
        clock: CLOCK,
        pollMs: 20,
        onError: (error) => errors.push(error),
      })
      t.teardown(async () => watch.close())
      await watch.look()
      t.match(watch.figuresOf(QUEUE), { waiting: 0, oldestWaitingMs: 0 })
      t.same(watch.fullnessOf(QUEUE), { full: false })
      await add({ jobId: 'note-0', message: { text: 'the oldest' } })
      const age = () => watch.figuresOf(QUEUE)?.oldestWaitingMs ?? 0
      await waitFor(() => age() > 100, { what: 'an age' })
      for (let i = 1; i < 5; i += 1) await add({ jobId: `note-${i}`, message: { text: 'younger' } })
      await waitFor(() => watch.fullnessOf(QUEUE).full, { what: 'a full queue' })
      t.match(watch.fullnessOf(QUEUE), { reason: 'depth' })
      t.ok(age() > 100, 'the age is that of the oldest job, not of the newest')
      t.same(errors, [])
    })

    t.test('what waits in a paused queue waits', async (t) => {
      const { backend } = await openForTest(t, tested)
      await reachable(backend)
      const watch = watchQueues(backend, {
        queues: [QUEUE],
        limits: LIMITS,
        clock: CLOCK,
        onError: () => {},
      })
      t.teardown(async () => watch.close())
      await backend.queue(QUEUE).pause()
      await createProducer<Note>(backend, QUEUE).add({
        jobId: 'note-held-up',
        message: { text: 'held up' },
      })
      const look = async () => {
        await watch.look()
        return watch.figuresOf(QUEUE)!
      }
      await waitFor(async () => (await look()).oldestWaitingMs > 100, { what: 'an age' })
      t.match(await look(), { waiting: 1, isPaused: true })
      t.ok(watch.backlogMsOf(QUEUE) > 100)
      await backend.queue(QUEUE).resume()
      t.match(await look(), { waiting: 1, isPaused: false })
    })

    t.test('the oldest job that waits to be tried again is seen, whenever it is due', async (t) => {
      const { backend } = await openForTest(t, tested)
      await reachable(backend)
      const onError = (): void => {}
      const watch = watchQueues(backend, { queues: [QUEUE], limits: LIMITS, clock: CLOCK, onError })
      t.teardown(async () => watch.close())
      const anHourAgo = CLOCK.now() - 3_600_000
      const add = (jobId: string, timestamp: number, dueMs: number) =>
        backend.queue(QUEUE).add(
          QUEUE,
          { text: jobId },
          {
            jobId,
            timestamp,
            delay: CLOCK.now() + dueMs - timestamp,
          },
        )
      await add('note-young', CLOCK.now(), 600_000)
      await add('note-old', anHourAgo, 1_200_000)
      await add('note-younger', CLOCK.now(), 1_800_000)
      await watch.look()
      t.match(watch.figuresOf(QUEUE), { waiting: 0, delayed: 3 })
      t.ok(watch.backlogMsOf(QUEUE) >= 3_600_000)
      await backend.queue(QUEUE).remove('note-old')
      await watch.look()
      t.ok(watch.backlogMsOf(QUEUE) < 3_600_000)
    })

    t.test('a queue that was never looked at counts as full', async (t) => {
      const { backend } = await openForTest(t, tested)
      const onError = (): void => {}
      const watch = watchQueues(backend, { queues: [], limits: LIMITS, clock: CLOCK, onError })
      t.match(watch.fullnessOf(QUEUE), { full: true, reason: 'unreachable' })
      await watch.close()
    })
  })
}
