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
 * are final. One process at a time; the others return at once.
 */
export async function keepHouse({
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
}): Promise<void> {
  const session = await pool.connect()
  try {
    const { rows } = await session.query<{ locked: boolean; present: Date }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as locked, clock_timestamp() as present',
      [HOUSEKEEPING_LOCK],
    )
    const { locked, present } = rows[0]!
    if (!locked) return
    try {
      await makePartitions(session, present)
      const dropped = await dropPartitions(session, {
        now: present,
        keptDays: retention.batchesDays,
      })
      for (const partition of dropped) log.info({ partition }, 'old batches were dropped')
      const expired = await expireRows(session, { retention, now: present, clock })
      if (expired > 0) log.debug({ rows: expired }, 'old rows were deleted')
      const sealed = await sealDays(pool, project, present)
      for (const day of sealed) log.info({ day }, 'the minutes of a day were sealed')
    } finally {
      await session.query('select pg_advisory_unlock(hashtextextended($1, 0))', [HOUSEKEEPING_LOCK])
    }
  } finally {
    session.release()
  }
}
