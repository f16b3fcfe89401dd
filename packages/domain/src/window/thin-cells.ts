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
  const thinBins = thinBinsOf(limits)
  for (const cells of bucket.values()) for (const cell of cells.values()) thinCell(cell, thinBins)
  return bucket
}

/** Returns the bins of thin cells: each stands for all above the one below it, up to itself, and the last for all above. */
export function thinBinsOf(limits: LimitBins): readonly number[] {
  return [...limits, (limits.at(-1) ?? 0) + 1]
}

/** Returns the index of the thin bin that stands for a bin, looking from an index on that is not behind it. */
export function thinIndexOf(thinBins: readonly number[], bin: number, from: number): number {
  let index = from
  while (index < thinBins.length - 1 && bin > thinBins[index]!) index += 1
  return index
}

function thinCell({ bins, binCounts }: OpenCell, thinBins: readonly number[]): void {
  let thin = 0
  let limit = 0
  for (let index = 0; index < bins.length; index += 1) {
    limit = thinIndexOf(thinBins, bins[index]!, limit)
    const bin = thinBins[limit]!
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
