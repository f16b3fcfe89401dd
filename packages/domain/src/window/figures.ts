import { BUCKET_MS, bucketStartOf, type EpochMs, plusMs, SECOND_MS } from '@portcullis/contracts'

import { type Cell, errorsOf } from './cell.ts'
import { quantileUs } from './quantile.ts'

/** What a route did in a window. Where there was no request there is no latency and no rate. */
export interface WindowFigures {
  readonly count: number
  /** Requests per second, two decimals. */
  readonly rps: number
  /** Milliseconds, exact to the microsecond that the sketch gives. */
  readonly p50_ms: number | null
  readonly p95_ms: number | null
  /** Percent of the requests that ended with 5xx, two decimals. */
  readonly err_rate: number | null
}

/** The windows' lengths in buckets, the running one included: 1, 5 and 15 minutes. */
export const WINDOW_BUCKETS = { m1: 6, m5: 30, m15: 90 } as const

/** Returns the start of the oldest of the `buckets` newest buckets as of an instant. */
export function windowStartOf(asOf: EpochMs, buckets: number): EpochMs {
  return plusMs(bucketStartOf(asOf), -(buckets - 1) * BUCKET_MS)
}

/**
 * Returns the figures of all that a window holds.
 *
 * `spanMs` is how long the window has lasted: from its oldest bucket's start to the present. The
 * newest bucket is still running, so that six of them last 50 to 60 seconds; divided by 60, a steady
 * traffic would seem to swing by a sixth. A span of less than a second counts as one: the first
 * request of a bucket is no burst.
 */
export function figuresOf(cell: Cell, spanMs: number): WindowFigures {
  return {
    count: cell.count,
    rps: twoDecimals(cell.count / (Math.max(spanMs, SECOND_MS) / SECOND_MS)),
    p50_ms: msOf(quantileUs(cell, 0.5)),
    p95_ms: msOf(quantileUs(cell, 0.95)),
    err_rate: errRateOf(cell),
  }
}

/** Returns the percentage of 5xx, rounded half up to two decimals; null where nothing happened. */
function errRateOf(cell: Cell): number | null {
  return cell.count === 0 ? null : percentOf(errorsOf(cell), cell.count)
}

/** Returns `part` of `whole` in percent, rounded half up to two decimals. */
function percentOf(part: number, whole: number): number {
  return Math.round((part * 10_000) / whole) / 100
}

/** Returns whole microseconds as milliseconds; null stays null. */
export function msOf(us: number | null): number | null {
  return us === null ? null : us / 1_000
}

/** Returns the value rounded half up to two decimals. */
export function twoDecimals(value: number): number {
  return Math.round(value * 100) / 100
}
