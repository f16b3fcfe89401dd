import { retryParked, type RetryOutcome } from '@portcullis/queues'

import { type Cli, defineCommand } from '../command.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { failure } from '../failure.ts'
import { type ParkedJob, readParkedJobs } from '../store/parked-jobs.ts'
import { withQueues } from '../store/with-queues.ts'
import { withStore } from '../store/with-store.ts'
import { printable } from '../terminal/printable.ts'

const OUTCOMES: Readonly<Record<RetryOutcome, string>> = {
  retried: 'waits to be run again',
  added_again: 'was gone from its queue and is in it again',
  under_way: 'waits or runs already',
}

export const queuesRetry = defineCommand({
  name: 'queues retry',
  summary: 'run a parked job again',
  details:
    'A job stays in `portcullis queues parked` until it is done; one that fails again is parked\n' +
    'again. Running a batch twice counts it once.',
  arguments: [{ name: 'JOB', description: 'its id, unless --all is given', optional: true }],
  options: { all: { type: 'boolean', description: 'every parked job' } },
  run: async (cli, { all }, [jobId]) => {
    if (all === (jobId !== undefined)) {
      throw failure(EXIT.usage, 'give the id of a job, or --all.')
    }
    return withStore(cli, async (store) => {
      const jobs = await readParkedJobs(store.pool, jobId)
      if (jobs.length === 0) return none(cli, jobId)
      await withQueues(store, async (queues) => {
        for (const job of jobs) say(cli, job, await retryParked(queues, retryable(job)))
      })
      return EXIT.ok
    })
  },
})

function none({ terminal }: Cli, jobId: string | undefined): ExitCode {
  if (jobId === undefined) {
    terminal.line('No job is parked.')
    return EXIT.ok
  }
  throw failure(
    EXIT.no,
    `no parked job has the id "${printable(jobId)}". \`portcullis queues parked\` shows all.`,
  )
}

/** Producers name a job for its queue. */
function retryable({ queue, jobId, data }: ParkedJob): Parameters<typeof retryParked>[1] {
  return { queue, jobId, name: queue, data }
}

function say({ terminal }: Cli, { queue, jobId }: ParkedJob, outcome: RetryOutcome): void {
  terminal.line(`${printable(jobId)} in ${queue} ${OUTCOMES[outcome]}.`)
}
