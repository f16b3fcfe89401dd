import type { BucketCells } from './cell-table.ts'
import { type OpenCell, plus } from './cell.ts'

/** Bins above which somebody counts requests, in ascending order. */
export type LimitBins = readonly number[]

/**
 * Thins the cells of a bucket, which has one owner: each has at most one bin more than there are limits then. Above each limit
 * they count as many requests as before, and their quantiles mean nothing. A cell of two bins is added to a sum in a fraction
 * of the time. Returns the bucket, which is the same one.
 */
export function thinBucket(bucket: BucketCells, limits: LimitBins): BucketCells {
  for (const cells of bucket.values()) for (const cell of cells.values()) thinCell(cell, limits)
  return bucket
}

/** A bin stands for all from the limit below it up to its own: those between two limits are never told apart. */
function thinCell({ bins, binCounts }: OpenCell, limits: LimitBins): void {
  let thin = 0
  let limit = 0
  for (let index = 0; index < bins.length; index += 1) {
    while (limit < limits.length && bins[index]! > limits[limit]!) limit += 1
    const bin = limit < limits.length ? limits[limit]! : (limits.at(-1) ?? 0) + 1
    const count = binCounts[index]!
    if (thin > 0 && bins[thin - 1] === bin) binCounts[thin - 1] = plus(binCounts[thin - 1]!, count)
    else {
      bins[thin] = bin
      binCounts[thin] = count
      thin += 1
    }
  }
  bins.length = thin
  binCounts.length = thin
}
