import { createHash } from 'node:crypto'

import { DAY_MS, type EpochMs, type ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

/** Rows of one fetch: a day of many routes has more than fit into memory. */
const FETCH_ROWS = 500

/**
 * Returns the hash of a day's minutes: SHA-256 over each row's key and cells, in the order of keys.
 * `tx` is a transaction, since a cursor reads them.
 */
export async function hashOfDay(
  tx: Db,
  project: ProjectId,
  dayStart: EpochMs,
): Promise<{ rows: number; hash: string }> {
  await tx.query(
    `declare day_rows no scroll cursor for
     select convert_to(netstring(service) || netstring(environment) || netstring(route)
       || netstring(epoch_ms(hour_start)::text) || octet_length(cells)::text || ':', 'UTF8')
       || cells as line
     from metric_minutes where project_id = $1 and hour_start >= $2 and hour_start < $3
     order by service collate "C", environment collate "C", route collate "C", hour_start`,
    [project, new Date(dayStart), new Date(dayStart + DAY_MS)],
  )
  const hash = createHash('sha256').update('portcullis.minutes.1')
  let count = 0
  for (;;) {
    const { rows } = await tx.query<{ line: Buffer }>(`fetch ${FETCH_ROWS} from day_rows`)
    for (const { line } of rows) hash.update(line)
    count += rows.length
    if (rows.length < FETCH_ROWS) break
  }
  await tx.query('close day_rows')
  return { rows: count, hash: hash.digest('hex') }
}
