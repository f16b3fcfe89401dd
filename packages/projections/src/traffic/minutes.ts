import {
  DAY_MS,
  type EnvironmentName,
  type EpochMs,
  HOUR_MS,
  MINUTE_MS,
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

interface RouteHour {
  readonly service: ServiceName
  readonly environment: EnvironmentName
  readonly route: RouteName
  readonly hourStart: EpochMs
  readonly cells: HourCells
}

type Hours = Map<string, RouteHour>

/** How many batches one transaction compacts at most. */
const BATCHES_MAX = 10_000

/** How many are held in memory at a time. */
const BATCHES_READ = 100

/** One transaction ends early where the minutes of its batches are as many cells, of some 2 kB each. */
const CELLS_MAX = 10_000

/** Hours of routes that are opened, added to and written together: 60 cells each where it is nearly over. */
const HOURS_TOGETHER = 50

/** A shard, and the last of its batches that is to be compacted. */
export interface ShardToCompact {
  readonly shard: number
  readonly through: number
}

/** How far minutes are compacted, and who hears of it. */
export interface CompactOptions {
  /** The last batch that is compacted. */
  readonly through?: number
  /** Is told of the (UTC) days whose minutes are about to change, in the same transaction. */
  readonly beforeDays?: (days: readonly EpochMs[]) => Promise<void>
}

/**
 * SQL of the instant up to which every batch of every shard is in the minutes; infinity where nothing
 * waits to be compacted.
 */
export const COMPACTED_UNTIL = `(select coalesce(min(compacted.recorded_at), 'infinity')
  from minute_heads as compacted join shard_heads as head using (project_id, shard)
  where compacted.seq < head.seq)`

/**
 * Compacts the next batches of a shard into minutes (`metric_minutes`, packed per route and hour),
 * and returns how many they were; 0 when nothing is left or somebody else is at it. The checkpoint
 * moves in the same transaction, so every batch is compacted once. An hour is opened and written once,
 * however many batches touch it: the more of them wait, the less each costs.
 */
export async function compactMinutes(
  tx: Db,
  project: ProjectId,
  shard: number,
  { through = Number.MAX_SAFE_INTEGER, beforeDays }: CompactOptions = {},
): Promise<number> {
  const after = await lockMinuteHead(tx, project, shard)
  if (after === null) return 0
  const limit = Math.min(BATCHES_MAX, through - after.seq)
  if (limit <= 0) return 0
  const { hours, last } = await readMinutes(tx, { project, shard }, { after, limit })
  if (last === null) return 0
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

async function lockMinuteHead(
  tx: Db,
  project: ProjectId,
  shard: number,
): Promise<Omit<ShardHead, 'shard'> | null> {
  const { rows } = await tx.query<{ seq: string; recorded_at: Date }>(
    `select seq, recorded_at from minute_heads where project_id = $1 and shard = $2
     for update skip locked`,
    [project, shard],
  )
  const row = rows[0]
  if (row === undefined) return null
  return { seq: Number(row.seq) as ShardSeq, recordedAt: row.recorded_at.getTime() as EpochMs }
}

/** Which batches are folded into minutes. */
interface Range {
  readonly after: Omit<ShardHead, 'shard'>
  readonly limit: number
}

/** Returns the minutes of the next batches, and the last of them; null where there is none. */
async function readMinutes(
  tx: Db,
  scope: { project: ProjectId; shard: number },
  { after, limit }: Range,
): Promise<{ hours: Hours; last: RecordedBatch | null }> {
  const hours: Hours = new Map()
  let last: RecordedBatch | null = null
  let cells = 0
  for (let left = limit; left > 0 && cells < CELLS_MAX; left -= BATCHES_READ) {
    const range = { after: last ?? after, limit: Math.min(left, BATCHES_READ) }
    const batches = await readBatches(tx, scope, range)
    for (const batch of batches) cells += addBatch(hours, batch)
    last = batches.at(-1) ?? last
    if (batches.length < range.limit) break
  }
  return { hours, last }
}

/** Adds a batch to its minutes, and returns how many cells are new. */
function addBatch(hours: Hours, { seq, cells, ...batch }: RecordedBatch): number {
  const unpacked = unpackBatch(cells)
  if ('rejected' in unpacked) throw new Error(`batch ${seq}: ${unpacked.rejected}`)
  const { service, environment, version } = batch
  let added = 0
  for (const [bucketStart, routes] of unpacked.cells) {
    const hourStart = (bucketStart - (bucketStart % HOUR_MS)) as EpochMs
    const minuteStart = (bucketStart - (bucketStart % MINUTE_MS)) as EpochMs
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
