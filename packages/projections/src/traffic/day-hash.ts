import { createHash } from 'node:crypto'

import { DAY_MS, type EpochMs, type ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

/** Returns the hash of a day's minutes: SHA-256 over each row's key and cells, in the order of keys. */
export async function hashOfDay(
  db: Db,
  project: ProjectId,
  dayStart: EpochMs,
): Promise<{ rows: number; hash: string }> {
  const { rows } = await db.query<{ line: Buffer }>(
    `select convert_to(netstring(service) || netstring(environment) || netstring(route)
       || netstring(epoch_ms(hour_start)::text) || octet_length(cells)::text || ':', 'UTF8')
       || cells as line
     from metric_minutes where project_id = $1 and hour_start >= $2 and hour_start < $3
     order by service collate "C", environment collate "C", route collate "C", hour_start`,
    [project, new Date(dayStart), new Date(dayStart + DAY_MS)],
  )
  const hash = createHash('sha256').update('portcullis.minutes.1')
  for (const { line } of rows) hash.update(line)
  return { rows: rows.length, hash: hash.digest('hex') }
}
