import {
  type EpochMs,
  inboxIdOf,
  MetricBatchesMessage,
  MetricBatchMessage,
  type ProjectId,
} from '@portcullis/contracts'
import { type Db, findMessages } from '@portcullis/event-log'

import { isoOf } from '../record.ts'
import { areApplied } from '../traffic/run-applied.ts'

/** A failed job that waits for a person (packages/queues tells when a job is one). */
export interface ParkedRow {
  readonly queue: string
  readonly jobId: string
  readonly name: string
  readonly data: unknown
  readonly reason: string
  readonly failedAt: EpochMs
}

/**
 * Returns the account of parked jobs in `parked_jobs`. A parked batch makes its service `stale_data`
 * until it is folded, or somebody gives it up.
 */
export function parkedJobsOf(db: Db, project: ProjectId) {
  return {
    list: async (queue: string) => {
      const { rows } = await db.query<{ job_id: string; failed_at: Date }>(
        'select job_id, failed_at from parked_jobs where project_id = $1 and queue = $2',
        [project, queue],
      )
      return rows.map((row) => ({
        jobId: row.job_id,
        failedAt: row.failed_at.getTime() as EpochMs,
      }))
    },
    onParked: async ({ queue, jobId, data, reason, failedAt }: ParkedRow) => {
      await db.query(
        `insert into parked_jobs
           (project_id, queue, job_id, service, environment, reason, data, failed_at)
         values ($1, $2, $3, $4, $5, $6, $7::json, $8)
         on conflict (project_id, queue, job_id)
         do update set reason = excluded.reason, failed_at = excluded.failed_at`,
        [
          project,
          queue,
          jobId,
          textOf(data, 'service'),
          textOf(data, 'environment'),
          reason,
          JSON.stringify(data ?? null),
          isoOf(failedAt),
        ],
      )
    },
    onGone: async (queue: string, jobId: string): Promise<boolean> => {
      if (METRIC_QUEUE.test(queue)) {
        const data = (await readParkedData(db, project, queue)).get(jobId)
        // The row is the last copy of what a flushed queue held.
        if (!(await isFolded(db, project, data))) return false
      }
      await deleteParked(db, project, { queue, jobId })
      return true
    },
  }
}

/** Jobs of these carry the data themselves; those of the others are hints. */
const METRIC_QUEUE = /^request-metrics-/u

/** Deletes the account of a parked job, with what it carried. */
export async function deleteParked(
  db: Db,
  project: ProjectId,
  { queue, jobId }: { queue: string; jobId: string },
): Promise<void> {
  await db.query('delete from parked_jobs where project_id = $1 and queue = $2 and job_id = $3', [
    project,
    queue,
    jobId,
  ])
}

/** Returns what the parked jobs of a queue carry, by their ids. */
export async function readParkedData(
  db: Db,
  project: ProjectId,
  queue: string,
): Promise<Map<string, unknown>> {
  const { rows } = await db.query<{ job_id: string; data: unknown }>(
    'select job_id, data from parked_jobs where project_id = $1 and queue = $2',
    [project, queue],
  )
  return new Map(rows.map((row) => [row.job_id, row.data]))
}

/** Whether every batch of a job was folded; of one that cannot be read none was. */
async function isFolded(db: Db, project: ProjectId, data: unknown): Promise<boolean> {
  const job = MetricBatchesMessage.safeParse(data)
  if (!job.success) return false
  for (const one of job.data.batches) {
    const batch = MetricBatchMessage.safeParse(one)
    if (!batch.success) return false
    const { shard } = batch.data
    const [applied] = await areApplied(db, { project, shard }, [batch.data])
    // One that its sender repeated was folded under another number.
    const ids = await findMessages(db, project, [inboxIdOf(batch.data)])
    if (applied !== true && ids.size === 0) return false
  }
  return true
}

/**
 * Returns a field of a parked job's batches where all of them agree. A parked payload may be
 * anything: it was parked because it could not be read, perhaps. Null makes all services stale.
 */
function textOf(data: unknown, field: string): string | null {
  const batches = memberOf(data, 'batches')
  if (!Array.isArray(batches)) return null
  const values = new Set(batches.map((batch) => memberOf(batch, field)))
  const [value] = values
  if (values.size !== 1 || typeof value !== 'string' || value.includes('\u0000')) return null
  return value.slice(0, 512)
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.entries(value).find(([key]) => key === name)?.[1]
}
