import { BUCKET_MS } from '@portcullis/contracts'

import { type Cell, emptyCell } from '../window/cell.ts'

/** Of the fastest bin there is: nothing that is healthy is slow. */
const FAST_BIN = 0
const OK = 200

/**
 * Returns what a route would do in some time if it went on at the rate of a known cell, and all was well. Undefined
 * where that is no whole request.
 */
export function healthyCell(
  { count }: Pick<Cell, 'count'>,
  { knownMs, aheadMs }: { readonly knownMs: number; readonly aheadMs: number },
): Cell | undefined {
  const requests = Math.floor((count * aheadMs) / knownMs)
  if (requests === 0) return undefined
  return {
    ...emptyCell(),
    count: requests,
    sumUs: requests,
    minUs: 1,
    maxUs: 1,
    statuses: [OK],
    statusCounts: [requests],
    bins: [FAST_BIN],
    binCounts: [requests],
  }
}

/** Returns an instant ahead as a number of whole buckets. */
export function bucketsAhead(fromMs: number, toMs: number): number {
  return Math.floor(toMs / BUCKET_MS) - Math.floor(fromMs / BUCKET_MS)
}
