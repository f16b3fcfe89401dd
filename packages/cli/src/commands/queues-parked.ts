import { type Cli, defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { type ParkedJob, readParkedJobs } from '../store/parked-jobs.ts'
import { withStore } from '../store/with-store.ts'
import { spanText } from '../terminal/span.ts'

export const queuesParked = defineCommand({
  name: 'queues parked',
  summary: 'the jobs that failed for good and wait for a person',
  details:
    'A parked batch makes its own service stale_data in the guard until it is dealt with. --json\n' +
    'shows the payloads too.',
  options: { json: JSON_OPTION },
  run: async (cli, { json }) => {
    const jobs = await withStore(cli, ({ pool }) => readParkedJobs(pool))
    if (json) cli.terminal.json(jobs.map(wireOf))
    else print(cli, jobs)
    return EXIT.ok
  },
})

function print({ clock, terminal }: Cli, jobs: readonly ParkedJob[]): void {
  if (jobs.length === 0) {
    terminal.line('No job is parked.')
    return
  }
  const now = clock.now()
  terminal.table({
    head: ['JOB', 'QUEUE', 'SERVICE', 'ENVIRONMENT', 'FAILED', 'REASON'],
    rows: jobs.map((job) => [
      job.jobId,
      job.queue,
      job.service ?? '-',
      job.environment ?? '-',
      `${spanText(now - job.failedAt)} ago`,
      // Some reasons come as indented JSON.
      job.reason.replaceAll(/\s+/gu, ' '),
    ]),
  })
  terminal.note('`portcullis queues retry JOB` runs one again, `--all` all of them.')
}

function wireOf({ jobId, failedAt, ...job }: ParkedJob): Readonly<Record<string, unknown>> {
  return { job_id: jobId, failed_at: new Date(failedAt).toISOString(), ...job }
}
