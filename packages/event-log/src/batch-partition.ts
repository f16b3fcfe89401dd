import { DAY_MS } from '@portcullis/contracts'

import type { Db } from './db.ts'

/**
 * Makes the partition of `metric_batches` for the (UTC) day of `instantMs`. It locks the whole table,
 * and fails where the default partition has rows of that day.
 */
export async function makePartition(db: Db, instantMs: number): Promise<void> {
  const start = instantMs - (instantMs % DAY_MS)
  await db.query(
    `create table if not exists ${nameOf(start)} partition of metric_batches
     for values from ('${new Date(start).toISOString()}') to ('${new Date(start + DAY_MS).toISOString()}')`,
  )
}

function nameOf(instantMs: number): string {
  return `metric_batches_${new Date(instantMs).toISOString().slice(0, 10).replaceAll('-', '')}`
}
