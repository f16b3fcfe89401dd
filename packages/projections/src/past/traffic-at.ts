import {
  type EnvironmentName,
  type EpochMs,
  HOUR_MS,
  hourStartOf,
  plusMs,
  type ProjectId,
  type RouteName,
  type ServiceName,
} from '@portcullis/contracts'
import { type BatchCells, groupAt, type Shrink, unpackBatch, unpackHour } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { keptSince } from '../live/live-traffic.ts'
import { isoOf } from '../record.ts'
import { AHEAD_MS } from '../traffic/batches-in-span.ts'
import { batchesThrough, type ShardHead } from '../traffic/batches.ts'
import { adoptInto, slideWindows, trafficOf, type Windows } from '../traffic/windows.ts'

/** Whose traffic is wanted. */
export interface TrafficScope {
  /** Null: of all. */
  readonly service: ServiceName | null
  readonly environment: EnvironmentName
}

/** Returns when the oldest batch was recorded, at the earliest, that the windows of an instant may hold. */
export function recordedFrom(asOf: EpochMs): EpochMs {
  return plusMs(keptSince(asOf), -AHEAD_MS)
}

/** Folds the batches of some shards, up to their heads, into the windows of an instant. */
export async function windowsFromBatches(
  tx: Db,
  project: ProjectId,
  {
    heads,
    scope,
    asOf,
  }: {
    readonly heads: readonly ShardHead[]
    readonly scope: TrafficScope
    readonly asOf: EpochMs
  },
): Promise<Windows> {
  const windows: Windows = new Map()
  const since = keptSince(asOf)
  const { service, environment } = scope
  const of = service === null ? null : { service, environment }
  for (const { shard, seq } of heads) {
    const after = { seq: 0, recordedAt: recordedFrom(asOf) } as Omit<ShardHead, 'shard'>
    const range = { after, through: seq, of }
    for await (const batch of batchesThrough(tx, { project, shard }, range)) {
      if (batch.environment !== environment) continue
      adoptInto(windows, { ...batch, cells: cellsSince(batch.cells, since) })
    }
  }
  slideWindows(windows, asOf, undefined, stayOpen)
  return windows
}

/** Windows of the past are looked at once: to pack them would cost more than it saves. */
const stayOpen: Shrink = (bucket) => bucket

function cellsSince(bytes: Uint8Array, since: EpochMs): BatchCells {
  const unpacked = unpackBatch(bytes)
  if ('rejected' in unpacked) throw new Error(`a stored batch: ${unpacked.rejected}`)
  for (const start of unpacked.cells.keys()) if (start < since) unpacked.cells.delete(start)
  return unpacked.cells
}

/**
 * Makes the windows of an instant from stored minutes: each stands in the bucket with which it begins. An instant at the end of
 * a minute is asked for; then the windows hold whole minutes, and as many as they would hold of buckets.
 */
export async function windowsFromMinutes(
  tx: Db,
  project: ProjectId,
  { scope, asOf }: { readonly scope: TrafficScope; readonly asOf: EpochMs },
): Promise<Windows> {
  const since = keptSince(asOf)
  const { rows } = await tx.query<{ service: ServiceName; route: RouteName; cells: Buffer }>(
    `select service, route, cells from metric_minutes
     where project_id = $1 and environment = $2 and ($3::text is null or service = $3)
       and hour_start >= $4 and hour_start < $5`,
    [
      project,
      scope.environment,
      scope.service,
      isoOf(hourStartOf(since)),
      isoOf(plusMs(hourStartOf(asOf), HOUR_MS)),
    ],
  )
  const windows: Windows = new Map()
  for (const { service, route, cells } of rows) {
    const unpacked = unpackHour(cells)
    if ('rejected' in unpacked) throw new Error(`stored minutes: ${unpacked.rejected}`)
    const traffic = trafficOf(windows, { service, environment: scope.environment })
    for (const [minute, versions] of unpacked.cells) {
      if (minute < since || minute > asOf) continue
      for (const [version, cell] of versions) {
        const batch: BatchCells = new Map()
        groupAt(batch, minute).set(route, cell)
        adoptInto(windows, { ...traffic, version, cells: batch })
      }
    }
  }
  slideWindows(windows, asOf, undefined, stayOpen)
  return windows
}
