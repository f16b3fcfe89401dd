import type { Pool } from 'pg'
import type { Test } from 'tap'

import { type Batch, countedObservations, foldedTimes, untilFolded } from './traffic.ts'

/** Asserts that each of these batches is folded exactly once, and that nothing else was counted. */
export async function assertCountedOnce(
  t: Test,
  pool: Pool,
  batches: readonly Batch[],
): Promise<void> {
  await untilFolded(pool, batches)
  const times = await foldedTimes(pool, batches)
  const wrong = batches.filter((batch) => times.get(batch.id) !== 1)
  t.strictSame(wrong, [], 'every accepted batch is folded exactly once')
  for (const service of new Set(batches.map((batch) => batch.service))) {
    const sent = batches
      .filter((batch) => batch.service === service)
      .reduce((sum, batch) => sum + batch.observations, 0)
    t.equal(
      await countedObservations(pool, service),
      sent,
      `every request of ${service} counts once`,
    )
  }
}

/** Returns the events of a type, oldest first. */
export async function eventsOf<Data>(
  pool: Pool,
  type: string,
): Promise<{ position: number; stream: string; data: Data; commandId: string | null }[]> {
  const { rows } = await pool.query<{
    position: number
    stream: string
    data: Data
    commandId: string | null
  }>(
    `select position::float8, stream_id as stream, data, meta ->> 'commandId' as "commandId"
     from events where type = $1 order by events.position`,
    [type],
  )
  return rows
}
