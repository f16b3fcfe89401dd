import { DEFAULT_PROJECT } from '@portcullis/contracts'
import { deleteParked } from '@portcullis/projections'
import { discardParked } from '@portcullis/queues'

import { defineCommand } from '../command.ts'
import { EXIT } from '../exit.ts'
import { failure } from '../failure.ts'
import { readParkedJobs } from '../store/parked-jobs.ts'
import { withQueues } from '../store/with-queues.ts'
import { withStore } from '../store/with-store.ts'
import { printable } from '../terminal/printable.ts'

export const queuesDiscard = defineCommand({
  name: 'queues discard',
  summary: 'give up a parked job, with what it carries',
  details:
    'For a batch that can never be folded: what it counted is lost then, which the log says, and the\n' +
    'guard no longer waits for it.',
  arguments: [{ name: 'JOB', description: 'its id' }],
  options: {},
  run: async ({ terminal, ...cli }, _options, [jobId]) =>
    withStore({ terminal, ...cli }, async (store) => {
      const jobs = await readParkedJobs(store.pool, jobId)
      if (jobs.length === 0) {
        const shown = '`portcullis queues parked` shows all.'
        throw failure(EXIT.no, `no parked job has the id "${printable(jobId ?? '')}". ${shown}`)
      }
      await withQueues(store, async (queues) => {
        for (const job of jobs) {
          await discardParked(queues, job)
          await deleteParked(store.pool, DEFAULT_PROJECT, job)
          terminal.line(`${printable(job.jobId)} in ${job.queue} is given up.`)
        }
      })
      return EXIT.ok
    }),
})
