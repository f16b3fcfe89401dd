import { DAY_MS } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

/** Days for which partitions are made ahead: a weekend without an aggregator finds them made. */
const DAYS_AHEAD = 4

/** SQLSTATE of check_violation: the default partition has rows of that day already. */
const CHECK_VIOLATION = '23514'

/** SQLSTATE of duplicate_table: another aggregator made it at the same moment. */
const DUPLICATE_TABLE = '42P07'

/** Makes the daily partitions of `metric_batches` from today on. */
export async function makePartitions(db: Db, now: Date): Promise<void> {
  for (let day = 0; day <= DAYS_AHEAD; day += 1) {
    const start = new Date(Math.floor(now.getTime() / DAY_MS + day) * DAY_MS)
    const end = new Date(start.getTime() + DAY_MS)
    try {
      await db.query(
        `create table if not exists ${partitionName(start)} partition of metric_batches
         for values from ('${start.toISOString()}') to ('${end.toISOString()}')`,
      )
      await db.query(`alter table ${partitionName(start)} alter column cells set storage external`)
    } catch (error) {
      // The day stays in the default partition, where retention finds it too.
      if (!hasState(error, [CHECK_VIOLATION, DUPLICATE_TABLE])) throw error
    }
  }
}

/** Drops the partitions whose day ended before `keptDays` ago, and returns their names. */
export async function dropPartitions(
  db: Db,
  { now, keptDays }: { now: Date; keptDays: number },
): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select child.relname as name from pg_inherits
     join pg_class as child on child.oid = inhrelid
     where inhparent = 'metric_batches'::regclass and child.relname ~ '^metric_batches_[0-9]{8}$'
       and child.relname < $1`,
    [partitionName(new Date(now.getTime() - (keptDays + 1) * DAY_MS))],
  )
  for (const { name } of rows) await db.query(`drop table ${name}`)
  return rows.map((row) => row.name)
}

function partitionName(day: Date): string {
  return `metric_batches_${day.toISOString().slice(0, 10).replaceAll('-', '')}`
}

function hasState(error: unknown, states: readonly string[]): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    states.includes(error.code)
  )
}
