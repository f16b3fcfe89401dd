import type { EnvironmentName, EpochMs, ServiceName, VersionName } from '@portcullis/contracts'
import {
  adoptBatch,
  type BatchCells,
  cellsOfBucket,
  emptyWindow,
  foldBatch,
  type KeptBuckets,
  loadBucket,
  packBucket,
  type ServiceWindow,
  type Shrink,
  slideWindow,
} from '@portcullis/domain'

import type { BucketKey, BucketRow } from './bucket-rows.ts'

/** Who has traffic: a service in an environment. */
export interface ServiceScope {
  readonly service: ServiceName
  readonly environment: EnvironmentName
}

/** The newest traffic of one service in one environment. */
export interface ServiceTraffic extends ServiceScope {
  readonly window: ServiceWindow
}

/** The newest traffic of many services. One owner fills it; `serviceKeyOf` makes its keys. */
export type Windows = Map<string, ServiceTraffic>

/** A batch with its cells unpacked. */
export interface OpenBatch extends ServiceScope {
  readonly version: VersionName
  readonly cells: BatchCells
}

/** Names hold no control characters, so a line feed keeps any two pairs apart. */
export function serviceKeyOf({ service, environment }: ServiceScope): string {
  return `${service}\n${environment}`
}

/** Returns the window of a service and environment; an empty one is put there first if need be. */
export function trafficOf(
  windows: Windows,
  { service, environment }: ServiceScope,
): ServiceTraffic {
  const key = serviceKeyOf({ service, environment })
  const found = windows.get(key)
  if (found !== undefined) return found
  const traffic = { service, environment, window: emptyWindow() }
  windows.set(key, traffic)
  return traffic
}

/** Returns the window of a service and environment, or undefined where nothing was seen of it. */
export function windowIn(
  services: Iterable<ServiceTraffic>,
  { service, environment }: ServiceScope,
): ServiceWindow | undefined {
  for (const traffic of services) {
    if (traffic.service === service && traffic.environment === environment) return traffic.window
  }
  return undefined
}

/** Folds a batch into its service's window. The order of batches makes no difference. */
export function foldInto(windows: Windows, batch: OpenBatch): void {
  foldBatch(trafficOf(windows, batch).window, batch.version, batch.cells)
}

/** The same for a batch that nobody folds again: its cells become the window's, without a copy. */
export function adoptInto(windows: Windows, batch: OpenBatch): void {
  adoptBatch(trafficOf(windows, batch).window, batch.version, batch.cells)
}

/** Puts a stored bucket into its service's window, in place of what was there. */
export function placeBucket(windows: Windows, row: BucketRow): void {
  const fault = loadBucket(trafficOf(windows, row).window, row.bucketStart, row.cells)
  if (fault !== null) throw new Error(`a bucket of ${row.service} cannot be read: ${fault}`)
}

/** Whether a bucket is in its service's window. */
export function hasBucket(windows: Windows, key: BucketKey): boolean {
  return windows.get(serviceKeyOf(key))?.window.buckets.has(key.bucketStart) === true
}

/** Returns a bucket as it is stored. Throws when it is not in its window. */
export function bucketRowOf(windows: Windows, key: BucketKey): BucketRow {
  const { window } = trafficOf(windows, key)
  const cells = cellsOfBucket(window, key.bucketStart)
  if (cells === undefined) throw new Error('a folded bucket is missing')
  let observations = 0
  for (const routes of cells.values()) {
    for (const cell of routes.values()) observations += cell.count
  }
  return { ...key, observations, cells: packBucket(cells) }
}

/** Forgets what their owner does not need, and services of which nothing is left. */
export function slideWindows(
  windows: Windows,
  asOf: EpochMs,
  kept?: KeptBuckets,
  shrink?: Shrink,
): void {
  for (const [key, { window }] of windows) {
    slideWindow(window, asOf, kept, shrink)
    if (window.buckets.size === 0) windows.delete(key)
  }
}
