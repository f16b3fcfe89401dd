import type {
  EnvironmentName,
  EpochMs,
  RouteName,
  ServiceName,
  VersionName,
} from '@portcullis/contracts'
import {
  addCells,
  type BatchCells,
  type BucketCells,
  type Cell,
  groupAt,
  unpackBucket,
} from '@portcullis/domain'

import type { BucketKey, BucketRow } from './bucket-rows.ts'

/** A 10-second bucket of one service and environment, as it fills. */
export interface OpenBucket {
  readonly cells: BucketCells
  observations: number
}

/** The newest buckets of one service in one environment, by their start. */
export interface ServiceWindow {
  readonly service: ServiceName
  readonly environment: EnvironmentName
  readonly buckets: Map<EpochMs, OpenBucket>
}

/** The newest buckets of many services. One owner fills it; `serviceKeyOf` makes its keys. */
export type Windows = Map<string, ServiceWindow>

/** A batch with its cells unpacked. */
export interface OpenBatch {
  readonly service: ServiceName
  readonly environment: EnvironmentName
  readonly version: VersionName
  readonly cells: BatchCells
}

/** Names hold no control characters, so a line feed keeps any two pairs apart. */
export function serviceKeyOf({
  service,
  environment,
}: Pick<ServiceWindow, 'service' | 'environment'>): string {
  return `${service}\n${environment}`
}

/** Returns the window of a service and environment; an empty one is put there first if need be. */
export function windowAt(
  windows: Windows,
  who: Pick<ServiceWindow, 'service' | 'environment'>,
): ServiceWindow {
  const key = serviceKeyOf(who)
  const found = windows.get(key)
  if (found !== undefined) return found
  const { service, environment } = who
  const window = { service, environment, buckets: new Map<EpochMs, OpenBucket>() }
  windows.set(key, window)
  return window
}

/**
 * Folds the buckets of a batch that start at `since` or later into its service's window, and returns
 * their starts. Adding is commutative and exact, so the order of batches makes no difference.
 */
export function foldBatch(windows: Windows, batch: OpenBatch, since: EpochMs): EpochMs[] {
  const { buckets } = windowAt(windows, batch)
  const touched: EpochMs[] = []
  for (const [bucketStart, routes] of batch.cells) {
    if (bucketStart < since) continue
    const bucket = bucketAt(buckets, bucketStart)
    addCells(groupAt(bucket.cells, batch.version), routes)
    bucket.observations += observationsOf(routes)
    touched.push(bucketStart)
  }
  return touched
}

/** Puts a stored bucket into its service's window, in place of what was there. */
export function placeBucket(windows: Windows, row: BucketRow): void {
  const unpacked = unpackBucket(row.cells)
  if ('rejected' in unpacked) {
    throw new Error(`a bucket of ${row.service} cannot be read: ${unpacked.rejected}`)
  }
  const bucket = { cells: unpacked.cells, observations: row.observations }
  windowAt(windows, row).buckets.set(row.bucketStart, bucket)
}

/** Forgets buckets that start before `since`, and services that have none left. */
export function forgetBefore(windows: Windows, since: EpochMs): void {
  for (const [key, window] of windows) {
    for (const start of window.buckets.keys()) if (start < since) window.buckets.delete(start)
    if (window.buckets.size === 0) windows.delete(key)
  }
}

/** Returns the bucket of a window, or undefined. */
export function bucketOf(windows: Windows, key: BucketKey): OpenBucket | undefined {
  return windows.get(serviceKeyOf(key))?.buckets.get(key.bucketStart)
}

/** Returns how many requests cells count. */
export function observationsOf(cells: ReadonlyMap<RouteName, Cell>): number {
  let observations = 0
  for (const cell of cells.values()) observations += cell.count
  return observations
}

function bucketAt(buckets: Map<EpochMs, OpenBucket>, start: EpochMs): OpenBucket {
  const found = buckets.get(start)
  if (found !== undefined) return found
  const bucket = { cells: new Map(), observations: 0 }
  buckets.set(start, bucket)
  return bucket
}
