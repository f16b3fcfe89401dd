// needs: redis-server
import { queueBackends, waitFor } from '@portcullis/testkit'
import t from 'tap'

import { type Note, noteWorker, openForTest, QUEUE, reachable } from '../test/open-for-test.ts'
import {
  createProducer,
  type ParkedJob,
  type ParkedJobs,
  retryParked,
  startQueueWorker,
  sweepFailed,
} from './index.ts'

/** Keeps the account as a service's table does. */
function parkedTable(): ParkedJobs & { rows: Map<string, ParkedJob>; gone: string[] } {
  const rows = new Map<string, ParkedJob>()
  const gone: string[] = []
  return {
    rows,
    gone,
    list: async () => [...rows.values()],
    onParked: async (job) => void rows.set(job.jobId, job),
    onGone: async (_queue, jobId) => {
      gone.push(jobId)
      return rows.delete(jobId)
    },
  }
}

for (const tested of queueBackends) {
  t.test(`on ${tested.name}`, async (t) => {
    t.test(
      'poison is parked with its reason while its neighbours are done, and can be run again',
      async (t) => {
        const { backend } = await openForTest(t, tested)
        await reachable(backend)
        const { add } = createProducer<Note>(backend, QUEUE)
        for (const text of ['a', 'bad', 'c', 'd'])
          await add({ jobId: `note-${text}`, message: { text } })
        let cured = false
        const done: string[] = []
        const worker = startQueueWorker(
          backend,
          noteWorker(async (texts) => {
            if (!cured && texts.includes('bad'))
              throw new Error('the bins of this one are not sorted')
            done.push(...texts)
          }),
        )
        t.teardown(async () => worker.close())
        const failed = async () => (await backend.queue(QUEUE).getFailedCount()) === 1
        await waitFor(failed, { what: 'the failed job' })
        await waitFor(() => done.length === 3, { what: 'its neighbours' })
        t.same(new Set(done), new Set(['a', 'c', 'd']))

        const table = parkedTable()
        t.same(await sweepFailed(backend, QUEUE, table), { retried: 0, parked: 1, gone: 0 })
        const row = table.rows.get('note-bad')!
        t.match(row, { queue: QUEUE, data: { text: 'bad' } })
        t.match(row.reason, /poison: the bins of this one are not sorted/u)
        t.same(await sweepFailed(backend, QUEUE, table), { retried: 0, parked: 0, gone: 0 })

        t.equal(await retryParked(backend, row), 'retried')
        const rerun = await waitFor(
          async () => (await sweepFailed(backend, QUEUE, table)).parked === 1,
          {
            what: 'the second failure',
          },
        )
        t.ok(rerun)
        t.ok(table.rows.get('note-bad')!.failedAt > row.failedAt, 'written down anew')

        cured = true
        t.equal(await retryParked(backend, row), 'retried')
        await waitFor(() => done.includes('bad'), { what: 'the cured job' })
        await waitFor(async () => (await sweepFailed(backend, QUEUE, table)).gone === 1, {
          what: 'its end in the account',
        })
        t.same(table.gone, ['note-bad'])
        t.equal(table.rows.size, 0)
      },
    )

    t.test('a payload that somebody made up is parked', async (t) => {
      const { backend } = await openForTest(t, tested)
      await reachable(backend)
      await backend.queue(QUEUE).add('by-hand', { txet: 1 }, { jobId: 'by-hand' })
      const worker = startQueueWorker(
        backend,
        noteWorker(async () => {}),
      )
      t.teardown(async () => worker.close())
      const table = parkedTable()
      await waitFor(async () => (await sweepFailed(backend, QUEUE, table)).parked === 1, {
        what: 'the parked job',
      })
      t.match(table.rows.get('by-hand'), {
        name: 'by-hand',
        data: { txet: 1 },
        reason: /payload is not valid: text: must be a string/u,
      })
    })

    t.test('a job that its queue has lost is added again from the account', async (t) => {
      const { backend } = await openForTest(t, tested)
      await reachable(backend)
      const lost = { queue: QUEUE, jobId: 'note-lost', name: QUEUE, data: { text: 'lost' } }
      t.equal(await retryParked(backend, lost), 'added_again')
      t.equal(await retryParked(backend, lost), 'under_way')
      const done: string[] = []
      const worker = startQueueWorker(
        backend,
        noteWorker(async (texts) => void done.push(...texts)),
      )
      await waitFor(() => done.length === 1, { what: 'the note' })
      await worker.close()
      t.same(done, ['lost'])
    })

    t.test(
      'what failed for reasons that pass is run again by itself, but not for ever',
      async (t) => {
        const { backend } = await openForTest(t, tested)
        await reachable(backend)
        const queue = backend.queue(QUEUE)
        const once = { attempts: 1 }
        await queue.add(QUEUE, { text: 'unlucky' }, { jobId: 'note-unlucky', ...once })
        let runs = 0
        const worker = startQueueWorker(
          backend,
          noteWorker(async () => {
            runs += 1
            throw new Error('away: the database')
          }),
        )
        t.teardown(async () => worker.close())
        const table = parkedTable()
        let retried = 0
        const startsMax = 4
        await waitFor(
          async () => {
            const result = await sweepFailed(backend, QUEUE, table, startsMax)
            retried += result.retried
            return result.parked === 1
          },
          { what: 'the end of all patience', timeoutMs: 30_000 },
        )
        t.equal(runs, startsMax)
        t.equal(retried, startsMax - 1)
        t.match(table.rows.get('note-unlucky'), { reason: 'away: the database' })
      },
    )
  })
}
