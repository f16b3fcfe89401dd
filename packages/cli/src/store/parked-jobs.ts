import { DEFAULT_PROJECT, type EpochMs } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

/** A failed job that waits for a person, as the services wrote it down in `parked_jobs`. */
export interface ParkedJob {
  readonly queue: string
  readonly jobId: string
  readonly service: string | null
  readonly environment: string | null
  readonly reason: string
  readonly data: unknown
  readonly failedAt: EpochMs
}

interface Row {
  readonly queue: string
  readonly job_id: string
  readonly service: string | null
  readonly environment: string | null
  readonly reason: string
  readonly data: unknown
  readonly failed_at: Date
}

/** Returns the parked jobs, the oldest first; those of one id where one is given. */
export async function readParkedJobs(db: Db, jobId?: string): Promise<ParkedJob[]> {
  const { rows } = await db.query<Row & Record<string, unknown>>(
    `select queue, job_id, service, environment, reason, data, failed_at from parked_jobs
     where project_id = $1 and job_id = coalesce($2, job_id)
     order by failed_at, queue, job_id`,
    [DEFAULT_PROJECT, jobId ?? null],
  )
  return rows.map(({ job_id: jobId, failed_at: failedAt, ...row }) => ({
    ...row,
    jobId,
    failedAt: failedAt.getTime() as EpochMs,
  }))
}

/** Returns how many jobs are parked, by queue; those without one are absent. */
export async function countParkedJobs(db: Db): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query<{ queue: string; count: string }>(
    'select queue, count(*) from parked_jobs where project_id = $1 group by queue',
    [DEFAULT_PROJECT],
  )
  return new Map(rows.map(({ queue, count }) => [queue, Number(count)]))
}
