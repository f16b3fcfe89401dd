import type { ProjectId } from '@portcullis/contracts'
import type { Clock, Config, Logger } from '@portcullis/runtime'
import type { Pool } from 'pg'

import { dropPartitions, makePartitions } from './partitions.ts'
import { expireRows } from './retention.ts'
import { sealDays } from './seal-days.ts'

/** Key of the advisory lock under which one aggregator at a time keeps house. */
const HOUSEKEEPING_LOCK = 'portcullis.housekeeping'

/**
 * Makes partitions ahead, drops old ones, deletes what is past its retention, and seals minutes that
 * are final. A step that fails keeps the others from nothing; what it failed with is thrown at the end.
 * One process at a time; the others return at once. Whoever stops it waits for the present step alone.
 */
export async function keepHouse(
  {
    pool,
    project,
    retention,
    clock,
    log,
  }: {
    readonly pool: Pool
    readonly project: ProjectId
    readonly retention: Config['retention']
    readonly clock: Clock
    readonly log: Logger
  },
  stopping: AbortSignal = new AbortController().signal,
): Promise<void> {
  const session = await pool.connect()
  try {
    const { rows } = await session.query<{ locked: boolean; present: Date }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as locked, clock_timestamp() as present',
      [HOUSEKEEPING_LOCK],
    )
    const { locked, present } = rows[0]!
    if (!locked) return
    try {
      const failed = await runAll(stopping, [
        () => makePartitions(session, present),
        async () => {
          const keptDays = retention.batchesDays
          for (const partition of await dropPartitions(session, { now: present, keptDays })) {
            log.info({ partition }, 'old batches were dropped')
          }
        },
        async () => {
          const expired = await expireRows(session, { retention, now: present, clock, stopping })
          if (expired > 0) log.debug({ rows: expired }, 'old rows were deleted')
        },
        async () => {
          for (const day of await sealDays(pool, project, present, stopping)) {
            log.info({ day }, 'the minutes of a day were sealed')
          }
        },
      ])
      if (failed.length > 0) throw failed[0]
    } finally {
      await session.query('select pg_advisory_unlock(hashtextextended($1, 0))', [HOUSEKEEPING_LOCK])
    }
  } finally {
    session.release()
  }
}

/** Runs one step after another, also after one that failed, and returns what they failed with. */
async function runAll(
  stopping: AbortSignal,
  steps: readonly (() => Promise<unknown>)[],
): Promise<unknown[]> {
  const failed: unknown[] = []
  for (const step of steps) {
    if (stopping.aborted) break
    try {
      await step()
    } catch (error) {
      failed.push(error)
    }
  }
  return failed
}
