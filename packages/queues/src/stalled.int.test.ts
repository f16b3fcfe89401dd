// needs: redis-server
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import { queueBackends, waitFor } from '@portcullis/testkit'
import t from 'tap'

import { type Note, noteWorker, openForTest, QUEUE, reachable } from '../test/open-for-test.ts'
import { createProducer, startQueueWorker } from './index.ts'

// A process that holds jobs is killed: another worker gets them, more often than BullMQ's default
// allows, and without a failure being counted.

const HOLDER = fileURLToPath(new URL('../test/hold-jobs.ts', import.meta.url))
const KILLS = 3
const TIMINGS = { lockDurationMs: 500, stalledIntervalMs: 200 }

for (const tested of queueBackends) {
  t.test(`on ${tested.name}`, async (t) => {
    const { backend, config } = await openForTest(t, tested)
    await reachable(backend)
    const { add } = createProducer<Note>(backend, QUEUE)
    await add({ jobId: 'note-1', message: { text: 'survivor' } })
    for (let kill = 0; kill < KILLS; kill += 1) {
      const holder = spawn(process.execPath, [HOLDER, JSON.stringify(config), QUEUE], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      t.teardown(async () => void holder.kill('SIGKILL'))
      await holds(holder)
      holder.kill('SIGKILL')
      await once(holder, 'exit')
    }
    const done: string[] = []
    const worker = startQueueWorker(
      backend,
      noteWorker(async (texts) => void done.push(...texts), { timings: TIMINGS }),
    )
    await waitFor(() => done.length === 1, { what: 'the job of the killed workers' })
    await worker.close()
    t.same(done, ['survivor'])
    t.equal(await backend.queue(QUEUE).getFailedCount(), 0)
  })
}

async function holds(holder: ChildProcess): Promise<void> {
  let said = ''
  holder.stdout?.on('data', (chunk: Buffer) => (said += chunk))
  await waitFor(() => said === 'note-1\n', { what: "the holder's word", timeoutMs: 20_000 })
}
