import {
  DAY_MS,
  type EnvironmentName,
  type EpochMs,
  hourStartOf,
  minuteStartOf,
  type ProjectId,
  type RouteName,
  type ServiceName,
  type ShardSeq,
} from '@portcullis/contracts'
import {
  addCellAt,
  groupAt,
  type HourCells,
  packHour,
  unpackBatch,
  unpackHour,
} from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { isoOf } from '../record.ts'
import { type RecordedBatch, readBatches, type ShardHead } from './batches.ts'

/** The minutes of a route in an hour. */
interface RouteHour {
  readonly service: ServiceName
  readonly environment: EnvironmentName
  readonly route: RouteName
  readonly hourStart: EpochMs
  readonly cells: HourCells
}

type Hours = Map<string, RouteHour>

/** How many batches are compacted together at most. */
const BATCHES_MAX = 10_000

/** How many are read at a time: some 7 ms of work. */
const BATCHES_READ = 20

/** Reading ends early where the minutes of the batches are as many cells, of some 2 kB each. */
const CELLS_MAX = 10_000

/** Hours of routes that are opened, added to and written together: 60 cells each where it is nearly over. */
const HOURS_TOGETHER = 20

/** A shard, and the last of its batches that is to be compacted. */
export interface ShardToCompact {
  readonly shard: number
  readonly through: number
}

/** Minutes of batches that follow one another, on their way to `metric_minutes`. */
export interface MinutesRead {
  readonly shard: number
  /** The last batch before them. */
  readonly after: Checkpoint
  readonly last: Checkpoint
  readonly hours: Hours
}

type Checkpoint = Pick<ShardHead, 'seq' | 'recordedAt'>

/**
 * SQL of the instant up to which every batch of every shard is in the minutes; infinity where nothing
 * waits to be compacted.
 */
export const COMPACTED_UNTIL = `(select coalesce(min(compacted.recorded_at), 'infinity')
  from minute_heads as compacted join shard_heads as head using (project_id, shard)
  where compacted.seq < head.seq)`

/**
 * Compacts the next batches of a shard into minutes (`metric_minutes`, packed per route and hour),
 * and returns how many they were; 0 when nothing is left or somebody else is at it.
 */
export async function compactMinutes(
  tx: Db,
  project: ProjectId,
  { shard, through }: ShardToCompact,
): Promise<number> {
  const read = await readMinutes(tx, project, { shard, through })
  return read === null ? 0 : saveMinutes(tx, project, read)
}

/**
 * Returns the minutes of the next batches of a shard, null where there is none. `pause` is called and awaited between
 * reads: they are many, and others want the processor as well. No transaction is needed.
 */
export async function readMinutes(
  db: Db,
  project: ProjectId,
  { shard, through }: ShardToCompact,
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<MinutesRead | null> {
  const after = await minuteHead(db, project, shard)
  const hours: Hours = new Map()
  let last: Checkpoint = after
  for (let cells = 0; cells < CELLS_MAX && last.seq - after.seq < BATCHES_MAX;) {
    const limit = Math.min(through - last.seq, BATCHES_READ)
    if (limit <= 0) break
    const batches = await readBatches(db, { project, shard }, { after: last, limit })
    for (const batch of batches) cells += addBatch(hours, batch)
    last = batches.at(-1) ?? last
    if (batches.length < limit) break
    await pause()
  }
  return last.seq === after.seq ? null : { shard, after, last, hours }
}

/**
 * Adds minutes to those that are stored, and returns of how many batches; 0 where somebody else has compacted them. The
 * checkpoint moves in the same transaction, so every batch is compacted once. An hour is opened and
 * written once, however many batches touch it: the more of them wait, the less each costs.
 *
 * `beforeDays` is told of the (UTC) days whose minutes are about to change.
 */
export async function saveMinutes(
  tx: Db,
  project: ProjectId,
  { shard, after, last, hours }: MinutesRead,
  beforeDays?: (days: readonly EpochMs[]) => Promise<void>,
): Promise<number> {
  if (!(await lockMinuteHead(tx, project, { shard, seq: after.seq }))) return 0
  await beforeDays?.(daysOf(hours))
  const all = [...hours.values()]
  for (let from = 0; from < all.length; from += HOURS_TOGETHER) {
    const some = all.slice(from, from + HOURS_TOGETHER)
    await addStored(tx, project, some)
    await saveHours(tx, project, some)
  }
  await tx.query(
    `update minute_heads set seq = $3, recorded_at = $4 where project_id = $1 and shard = $2`,
    [project, shard, last.seq, isoOf(last.recordedAt)],
  )
  return last.seq - after.seq
}

/**
 * Returns the shards whose batches should be compacted: those that have been quiet for a while, and
 * those of whose batches one has waited for a minute. While batches come one after another, every
 * compaction would write the same hours again.
 */
export async function shardsToCompact(db: Db, project: ProjectId): Promise<ShardToCompact[]> {
  const { rows } = await db.query<{ shard: number; through: number }>(
    `select shard, head.seq::float8 as through
     from minute_heads as compacted join shard_heads as head using (project_id, shard)
     where project_id = $1 and compacted.seq < head.seq
       and (head.recorded_at < clock_timestamp() - interval '5 seconds'
         or compacted.recorded_at < clock_timestamp() - interval '1 minute')`,
    [project],
  )
  return rows.map(({ shard, through }) => ({ shard, through }))
}

async function minuteHead(db: Db, project: ProjectId, shard: number): Promise<Checkpoint> {
  const { rows } = await db.query<{ seq: string; recorded_at: Date }>(
    `select seq, recorded_at from minute_heads where project_id = $1 and shard = $2`,
    [project, shard],
  )
  const { seq, recorded_at } = rows[0]!
  return { seq: Number(seq) as ShardSeq, recordedAt: recorded_at.getTime() as EpochMs }
}

/** Whether the checkpoint is still there; nobody else moves it before the transaction ends. */
async function lockMinuteHead(
  tx: Db,
  project: ProjectId,
  { shard, seq }: { shard: number; seq: ShardSeq },
): Promise<boolean> {
  const { rows } = await tx.query(
    `select from minute_heads where project_id = $1 and shard = $2 and seq = $3
     for update skip locked`,
    [project, shard, seq],
  )
  return rows.length > 0
}

/** Adds a batch to its minutes, and returns how many cells are new. */
function addBatch(hours: Hours, { seq, cells, ...batch }: RecordedBatch): number {
  const unpacked = unpackBatch(cells)
  if ('rejected' in unpacked) throw new Error(`batch ${seq}: ${unpacked.rejected}`)
  const { service, environment, version } = batch
  let added = 0
  for (const [bucketStart, routes] of unpacked.cells) {
    const hourStart = hourStartOf(bucketStart)
    const minuteStart = minuteStartOf(bucketStart)
    for (const [route, cell] of routes) {
      const hour = hourAt(hours, { service, environment, route, hourStart })
      const minute = groupAt(hour.cells, minuteStart)
      if (!minute.has(version)) added += 1
      addCellAt(minute, version, cell)
    }
  }
  return added
}

function daysOf(hours: Hours): EpochMs[] {
  const days = [...hours.values()].map(({ hourStart }) => hourStart - (hourStart % DAY_MS))
  return [...new Set(days)] as EpochMs[]
}

function hourAt(hours: Hours, key: Omit<RouteHour, 'cells'>): RouteHour {
  const text = `${key.service}\n${key.environment}\n${key.route}\n${key.hourStart}`
  const found = hours.get(text)
  if (found !== undefined) return found
  const hour = { ...key, cells: new Map() }
  hours.set(text, hour)
  return hour
}

async function addStored(tx: Db, project: ProjectId, hours: readonly RouteHour[]): Promise<void> {
  const { rows } = await tx.query<{ nth: number; cells: Buffer }>(
    `select given.nth::int, stored.cells
     from unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[]) with ordinality
       as given (service, environment, route, hour_start, nth)
     join metric_minutes as stored using (service, environment, route, hour_start)
     where stored.project_id = $1`,
    [project, ...columnsOf(hours)],
  )
  for (const { nth, cells } of rows) {
    const unpacked = unpackHour(cells)
    if ('rejected' in unpacked) throw new Error(`stored minutes: ${unpacked.rejected}`)
    const hour = hours[nth - 1]!
    for (const [minuteStart, versions] of unpacked.cells) {
      for (const [version, cell] of versions) {
        addCellAt(groupAt(hour.cells, minuteStart), version, cell)
      }
    }
  }
}

async function saveHours(tx: Db, project: ProjectId, hours: readonly RouteHour[]): Promise<void> {
  await tx.query(
    `insert into metric_minutes (project_id, service, environment, route, hour_start, cells)
     select $1, service, environment, route, hour_start, cells
     from unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::bytea[])
       as given (service, environment, route, hour_start, cells)
     on conflict (project_id, service, environment, route, hour_start)
     do update set cells = excluded.cells`,
    [project, ...columnsOf(hours), hours.map((hour) => packHour(hour.cells))],
  )
}

function columnsOf(hours: readonly RouteHour[]): unknown[] {
  return [
    hours.map((hour) => hour.service),
    hours.map((hour) => hour.environment),
    hours.map((hour) => hour.route),
    hours.map((hour) => isoOf(hour.hourStart)),
  ]
}
