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
const BATCHES_MAX = 1_000

/** How far minutes are compacted, and who hears of it. */
export interface CompactOptions {
  /** A rebuild stops at this batch. */
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
 * moves in the same transaction, so every batch is compacted once.
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
  const batches = await readBatches(tx, { project, shard }, { after, limit })
  const last = batches.at(-1)
  if (last === undefined) return 0
  const hours = hoursOf(batches)
  await beforeDays?.(daysOf(hours))
  await addStored(tx, project, hours)
  await saveHours(tx, project, hours)
  await tx.query(
    `update minute_heads set seq = $3, recorded_at = $4 where project_id = $1 and shard = $2`,
    [project, shard, last.seq, isoOf(last.recordedAt)],
  )
  return batches.length
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

function hoursOf(batches: readonly RecordedBatch[]): Hours {
  const hours: Hours = new Map()
  for (const batch of batches) {
    const unpacked = unpackBatch(batch.cells)
    if ('rejected' in unpacked) throw new Error(`batch ${batch.seq}: ${unpacked.rejected}`)
    const { service, environment, version } = batch
    for (const [bucketStart, routes] of unpacked.cells) {
      const hourStart = (bucketStart - (bucketStart % HOUR_MS)) as EpochMs
      const minuteStart = (bucketStart - (bucketStart % MINUTE_MS)) as EpochMs
      for (const [route, cell] of routes) {
        const { cells } = hourAt(hours, { service, environment, route, hourStart })
        addCellAt(groupAt(cells, minuteStart), version, cell)
      }
    }
  }
  return hours
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

async function addStored(tx: Db, project: ProjectId, hours: Hours): Promise<void> {
  const wanted = [...hours.values()]
  const { rows } = await tx.query<{ nth: number; cells: Buffer }>(
    `select given.nth::int, stored.cells
     from unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[]) with ordinality
       as given (service, environment, route, hour_start, nth)
     join metric_minutes as stored using (service, environment, route, hour_start)
     where stored.project_id = $1`,
    [project, ...columnsOf(wanted)],
  )
  for (const { nth, cells } of rows) {
    const unpacked = unpackHour(cells)
    if ('rejected' in unpacked) throw new Error(`stored minutes: ${unpacked.rejected}`)
    const hour = wanted[nth - 1]!
    for (const [minuteStart, versions] of unpacked.cells) {
      for (const [version, cell] of versions) {
        addCellAt(groupAt(hour.cells, minuteStart), version, cell)
      }
    }
  }
}

async function saveHours(tx: Db, project: ProjectId, hours: Hours): Promise<void> {
  const rows = [...hours.values()]
  await tx.query(
    `insert into metric_minutes (project_id, service, environment, route, hour_start, cells)
     select $1, service, environment, route, hour_start, cells
     from unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::bytea[])
       as given (service, environment, route, hour_start, cells)
     on conflict (project_id, service, environment, route, hour_start)
     do update set cells = excluded.cells`,
    [project, ...columnsOf(rows), rows.map((row) => packHour(row.cells))],
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
