import {
  BUCKET_MS,
  type EpochMs,
  plusMs,
  type RouteName,
  type VersionName,
} from '@portcullis/contracts'

import { mergeCells } from './cell-sum.ts'
import { addCells, adoptCells, type BatchCells, type BucketCells, groupAt } from './cell-table.ts'
import type { Cell, OpenCell } from './cell.ts'
import { WINDOW_BUCKETS, windowStartOf } from './figures.ts'
import { packBucket, type PackedFault, unpackBucket } from './packed.ts'

/**
 * What a service did in an environment in its newest buckets, by version and route.
 *
 * A window has one owner, and changes in place: to copy it for every batch would cost more than the
 * fold itself. The folds are commutative, so its content depends on what was folded and not on the
 * order. The buckets of the last minute are open; older ones are packed, in a fifth of the memory,
 * and are opened again when somebody adds to them.
 */
export interface ServiceWindow {
  readonly buckets: Map<EpochMs, BucketCells | Uint8Array>
}

/** Buckets of one route in a row, the oldest first; undefined where nothing was seen. */
export interface RouteBuckets {
  /** Start of the oldest. */
  readonly start: EpochMs
  readonly cells: readonly (Cell | undefined)[]
}

/** How much of a window its owner needs, in newest buckets, the running one included. */
export interface KeptBuckets {
  /** Of these it is known whether something was seen in them. */
  readonly known: number
  /** Of these it is known what; of older ones nothing but that there was something. */
  readonly whole: number
}

/** All of which figures are made. */
const WHOLE_WINDOW: KeptBuckets = { known: WINDOW_BUCKETS.m15, whole: WINDOW_BUCKETS.m15 }

/** What stands for a bucket in which something was seen and is forgotten. */
const FORGOTTEN = packBucket(new Map())

/** Returns a window in which nothing was seen yet. */
export function emptyWindow(): ServiceWindow {
  return { buckets: new Map() }
}

/** Adds the cells of a batch, whatever their age, and returns the window, which is the same one. */
export function foldBatch(
  window: ServiceWindow,
  version: VersionName,
  batch: BatchCells,
): ServiceWindow {
  for (const [start, cells] of batch) addCells(groupAt(openBucket(window, start), version), cells)
  return window
}

/** The same for a batch that nobody else needs any more: its cells become the window's, without a copy. */
export function adoptBatch(window: ServiceWindow, version: VersionName, batch: BatchCells): void {
  for (const [start, cells] of batch) adoptCells(groupAt(openBucket(window, start), version), cells)
}

/**
 * Puts a bucket there as it was stored, in place of what the window has of it. Returns why the bytes
 * are refused, or null.
 */
export function loadBucket(
  window: ServiceWindow,
  start: EpochMs,
  bytes: Uint8Array,
): PackedFault | null {
  const unpacked = unpackBucket(bytes)
  if ('rejected' in unpacked) return unpacked.rejected
  window.buckets.set(start, bytes)
  return null
}

/** Returns a window that stays as this one is now: what can still change is packed for it. */
export function frozenWindow({ buckets }: ServiceWindow): ServiceWindow {
  const frozen = [...buckets].map(
    ([start, bucket]) =>
      [start, bucket instanceof Uint8Array ? bucket : packBucket(bucket)] as const,
  )
  return { buckets: new Map(frozen) }
}

/** Makes smaller what is older than a minute; without its own idea of it, an owner gets it packed. */
export type Shrink = (bucket: BucketCells) => BucketCells | Uint8Array

/** Forgets what its owner does not need as of the present, and makes smaller what is older than a minute. */
export function slideWindow(
  window: ServiceWindow,
  asOf: EpochMs,
  { known, whole }: KeptBuckets = WHOLE_WINDOW,
  shrink: Shrink = packBucket,
): void {
  const oldest = windowStartOf(asOf, known)
  const oldestWhole = windowStartOf(asOf, whole)
  const oldestOpen = windowStartOf(asOf, WINDOW_BUCKETS.m1)
  for (const [start, bucket] of window.buckets) {
    if (start < oldest) window.buckets.delete(start)
    else if (start < oldestWhole) window.buckets.set(start, FORGOTTEN)
    else if (start < oldestOpen && !(bucket instanceof Uint8Array)) {
      window.buckets.set(start, shrink(bucket))
    }
  }
}

/** Returns the cells of a bucket, to be read; undefined where nothing was seen. */
export function cellsOfBucket(window: ServiceWindow, start: EpochMs): BucketCells | undefined {
  const bucket = window.buckets.get(start)
  return bucket instanceof Uint8Array ? opened(bucket) : bucket
}

/** Returns the routes that were seen in the last minute as of an instant, in no particular order. */
export function routesOf(window: ServiceWindow, asOf: EpochMs): Set<RouteName> {
  const routes = new Set<RouteName>()
  for (const start of startsOf(asOf, WINDOW_BUCKETS.m1)) {
    if (!window.buckets.has(start)) continue
    for (const cells of openBucket(window, start).values()) {
      for (const route of cells.keys()) routes.add(route)
    }
  }
  return routes
}

/**
 * Returns the buckets of a route's last minute as of an instant, which alarms and verdicts look at:
 * of one version, or of all together.
 */
export function minuteOf(
  window: ServiceWindow,
  route: RouteName,
  asOf: EpochMs,
  version?: VersionName,
): RouteBuckets {
  const starts = startsOf(asOf, WINDOW_BUCKETS.m1)
  const cells = starts.map((start) =>
    window.buckets.has(start) ? cellOf(openBucket(window, start), route, version) : undefined,
  )
  return { start: starts[0]!, cells }
}

/** Returns what was seen of a route in a bucket, of one version or of all together. */
function cellOf(bucket: BucketCells, route: RouteName, version?: VersionName): Cell | undefined {
  if (version !== undefined) return bucket.get(version)?.get(route)
  const found: OpenCell[] = []
  for (const cells of bucket.values()) {
    const cell = cells.get(route)
    if (cell !== undefined) found.push(cell)
  }
  return found.length <= 1 ? found[0] : mergeCells(found)
}

/** Returns the starts of the newest buckets as of an instant, the oldest first. */
export function startsOf(asOf: EpochMs, buckets: number): EpochMs[] {
  const oldest = windowStartOf(asOf, buckets)
  return Array.from({ length: buckets }, (_, index) => plusMs(oldest, index * BUCKET_MS))
}

/** An opened bucket stays open until the window slides on. */
function openBucket(window: ServiceWindow, start: EpochMs): BucketCells {
  const bucket = window.buckets.get(start)
  if (bucket !== undefined && !(bucket instanceof Uint8Array)) return bucket
  const cells: BucketCells = bucket === undefined ? new Map() : opened(bucket)
  window.buckets.set(start, cells)
  return cells
}

/** Bytes in a window were packed here, or looked at when they were loaded. */
function opened(bytes: Uint8Array): BucketCells {
  const unpacked = unpackBucket(bytes)
  if ('rejected' in unpacked) throw new Error(`a window holds broken cells: ${unpacked.rejected}`)
  return unpacked.cells
}
