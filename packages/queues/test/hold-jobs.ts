import { openQueueBackend, startQueueWorker } from '../src/index.ts'

// A process of its own that takes the jobs of a queue and never finishes one, until it is killed.
// Arguments: the backend's configuration as JSON, the queue. It writes a line for each job it holds.

const [config = '', queue = ''] = process.argv.slice(2)

startQueueWorker(openQueueBackend(JSON.parse(config), { onError: () => {} }), {
  queue,
  schema: { safeParse: (data) => ({ success: true, data }) },
  run: async (items) => {
    for (const { jobId } of items) process.stdout.write(`${jobId}\n`)
    return new Promise(() => {})
  },
  isRetryable: () => true,
  concurrency: 10,
  timings: { lockDurationMs: 500, stalledIntervalMs: 200 },
})
