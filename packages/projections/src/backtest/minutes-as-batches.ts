import {
  type EpochMs,
  HOUR_MS,
  hourStartOf,
  MINUTE_MS,
  plusMs,
  type ProjectId,
  type RouteName,
  SECOND_MS,
  type ServiceName,
  type VersionName,
} from '@portcullis/contracts'
import { type BatchCells, groupAt, unpackHour } from '@portcullis/domain'
import { type Db, oneAhead } from '@portcullis/event-log'

import { isoOf } from '../record.ts'
import { serviceKeyOf } from '../traffic/windows.ts'
import type { ForwardBatch, ForwardTraffic, TrafficRange } from './forward-traffic.ts'

type Stored = { readonly service: ServiceName; readonly route: RouteName; readonly cells: Buffer }

/** Yields stored minutes as batches of their services, each as if it had been known when the minute was over. */
export async function* trafficFromMinutes(
  db: Db,
  project: ProjectId,
  {
    range,
    shardOf,
  }: { readonly range: TrafficRange; readonly shardOf: (service: ServiceName) => number },
): ForwardTraffic {
  const { environment, from, to } = range
  for await (const rows of oneAhead(storedHours(db, project, range))) {
    const batches = batchesOf(rows, { environment, shardOf })
    yield* batches.filter(({ recordedAt }) => recordedAt > from && recordedAt <= to)
  }
}

async function* storedHours(
  db: Db,
  project: ProjectId,
  { service, environment, from, to }: TrafficRange,
): AsyncGenerator<readonly Stored[], void, undefined> {
  for (let hour = hourStartOf(from); hour < to; hour = plusMs(hour, HOUR_MS)) {
    const { rows } = await db.query<Stored & Record<string, unknown>>(
      `select service, route, cells from metric_minutes
       where project_id = $1 and environment = $2 and ($3::text is null or service = $3)
         and hour_start = $4`,
      [project, environment, service, isoOf(hour)],
    )
    yield rows
  }
}

function batchesOf(
  rows: readonly Stored[],
  {
    environment,
    shardOf,
  }: Pick<TrafficRange, 'environment'> & { readonly shardOf: (service: ServiceName) => number },
): ForwardBatch[] {
  const batches = new Map<string, ForwardBatch & { readonly cells: BatchCells }>()
  const batchAt = (minute: EpochMs, service: ServiceName, version: VersionName) => {
    const key = `${serviceKeyOf({ service, environment })}\n${version}\n${minute}`
    let batch = batches.get(key)
    if (batch === undefined) {
      const recordedAt = plusMs(minute, MINUTE_MS - SECOND_MS)
      const cells: BatchCells = new Map()
      const shard = shardOf(service)
      batch = { service, environment, version, cells, recordedAt, shard, batch: null }
      batches.set(key, batch)
    }
    return groupAt(batch.cells, minute)
  }
  for (const { service, route, cells } of rows) {
    const unpacked = unpackHour(cells)
    if ('rejected' in unpacked) throw new Error(`stored minutes: ${unpacked.rejected}`)
    for (const [minute, versions] of unpacked.cells) {
      for (const [version, cell] of versions) batchAt(minute, service, version).set(route, cell)
    }
  }
  return [...batches.values()].toSorted((a, b) => a.recordedAt - b.recordedAt)
}
