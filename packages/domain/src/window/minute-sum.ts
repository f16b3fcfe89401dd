import {
  BUCKET_MS,
  type EpochMs,
  minuteStartOf,
  plusMs,
  type RouteName,
  type VersionName,
} from '@portcullis/contracts'

import type { Steps } from '../steps.ts'
import type { CellSum } from './cell-sum.ts'
import type { BucketCells } from './cell-table.ts'
import { addPackedBucket } from './packed.ts'
import type { ServiceWindow } from './service-window.ts'

/** A stretch of time from an instant up to another one, which it does not hold. */
export interface Span {
  readonly from: EpochMs
  readonly to: EpochMs
}

/** Names the sum to which a cell belongs; null passes it over. */
export type SumOfCell = (version: VersionName, route: RouteName) => CellSum | null

/** The same for the cells of many minutes, each known by its start. */
export type SumOfMinute = (
  minute: EpochMs,
  version: VersionName,
  route: RouteName,
) => CellSum | null

/**
 * Adds what a window holds of a span to the sums of its minutes; `from` begins a bucket. The window
 * must not change meanwhile.
 */
export function* addWindowMinutes(
  window: ServiceWindow,
  { from, to }: Span,
  sumOf: SumOfMinute,
): Steps<void> {
  for (let start = from; start < to; start = plusMs(start, BUCKET_MS)) {
    const minute = minuteStartOf(start)
    addBucket(window, start, (version, route) => sumOf(minute, version, route))
    yield
  }
}

/** Adds what was seen in a bucket to sums. A packed one is not unpacked for it. */
export function addBucket(
  { buckets }: Pick<ServiceWindow, 'buckets'>,
  start: EpochMs,
  sumOf: SumOfCell,
): void {
  const bucket = buckets.get(start)
  if (bucket instanceof Uint8Array) addPackedBucket(bucket, sumOf)
  else if (bucket !== undefined) addOpenBucket(bucket, sumOf)
}

function addOpenBucket(bucket: BucketCells, sumOf: SumOfCell): void {
  for (const [version, cells] of bucket) {
    for (const [route, cell] of cells) sumOf(version, route)?.add(cell)
  }
}
