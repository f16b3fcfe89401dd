import { DAY_MS } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'
import { COMPACTED_UNTIL } from '@portcullis/projections'

/** Days for which partitions are made ahead: a weekend without an aggregator finds them made. */
const DAYS_AHEAD = 4

/** SQLSTATE of check_violation: the default partition has rows of that day already. */
const CHECK_VIOLATION = '23514'

/** SQLSTATE of duplicate_table: another aggregator made it at the same moment. */
const DUPLICATE_TABLE = '42P07'

/** SQLSTATE of lock_not_available: somebody reads batches, perhaps for as long as an export takes. */
const LOCK_NOT_AVAILABLE = '55P03'

/**
 * Longest wait for a table. Making or dropping a partition locks the whole of `metric_batches`, and
 * whoever folds a batch meanwhile waits behind whoever waits for that lock.
 */
const LOCK_MS_MAX = 200

/**
 * Makes the daily partitions of `metric_batches` that are missing from today on, and returns their
 * names. They inherit the storage of its columns. One whose lock is not to be had is left for the next
 * round; so is a day that has rows in the default partition, where retention finds it too.
 */
export async function makePartitions(session: Db, now: Date): Promise<string[]> {
  const days = Array.from({ length: DAYS_AHEAD + 1 }, (_, day) => {
    const start = new Date(Math.floor(now.getTime() / DAY_MS + day) * DAY_MS)
    return { start, name: partitionName(start) }
  })
  const existing = new Set(await partitionsOf(session))
  const made: string[] = []
  for (const { start, name } of days.filter((day) => !existing.has(day.name))) {
    const end = new Date(start.getTime() + DAY_MS)
    const statement = `create table ${name} partition of metric_batches
      for values from ('${start.toISOString()}') to ('${end.toISOString()}')`
    const left = [CHECK_VIOLATION, DUPLICATE_TABLE, LOCK_NOT_AVAILABLE]
    if (await isDone(session, statement, left)) made.push(name)
  }
  return made
}

/**
 * Drops the partitions whose day ended before `keptDays` ago, and returns their names. One that
 * somebody reads is left for the next round; so is one of which some batch is not in the minutes yet,
 * after a long outage for example.
 */
export async function dropPartitions(
  session: Db,
  { now, keptDays }: { now: Date; keptDays: number },
): Promise<string[]> {
  const { rows } = await session.query<{ until: Date }>(
    `select least($1::timestamptz, ${COMPACTED_UNTIL}) as until`,
    [new Date(now.getTime() - (keptDays + 1) * DAY_MS)],
  )
  const firstKept = partitionName(rows[0]!.until)
  const dropped: string[] = []
  for (const name of (await partitionsOf(session)).filter((one) => one < firstKept)) {
    if (await isDone(session, `drop table ${name}`, [LOCK_NOT_AVAILABLE])) dropped.push(name)
  }
  return dropped
}

/** Returns the names of the daily partitions that are there, the oldest first. */
async function partitionsOf(session: Db): Promise<string[]> {
  const { rows } = await session.query<{ name: string }>(
    `select child.relname as name from pg_inherits
     join pg_class as child on child.oid = inhrelid
     where inhparent = 'metric_batches'::regclass and child.relname ~ '^metric_batches_[0-9]{8}$'
     order by name`,
  )
  return rows.map((row) => row.name)
}

/** Runs a statement that locks tables, in a transaction; false when it failed with one of `states`. */
async function isDone(session: Db, statement: string, states: readonly string[]): Promise<boolean> {
  await session.query('begin')
  try {
    await session.query(`set local lock_timeout = ${LOCK_MS_MAX}`)
    await session.query(statement)
    await session.query('commit')
    return true
  } catch (error) {
    await session.query('rollback')
    if (hasState(error, states)) return false
    throw error
  }
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
