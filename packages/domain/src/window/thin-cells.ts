import type { BucketCells } from './cell-table.ts'
import type { Cell, OpenCell } from './cell.ts'

/** Bins above which somebody counts requests, in ascending order. */
export type LimitBins = readonly number[]

/**
 * Returns the cells of a bucket with at most one bin more than there are limits: above each limit they count as many requests as
 * before, and their quantiles mean nothing. A cell of two bins is added to a sum in a fraction of the time.
 */
export function thinBucket(bucket: BucketCells, limits: LimitBins): BucketCells {
  return new Map(
    [...bucket].map(([version, cells]) => [
      version,
      new Map([...cells].map(([route, cell]) => [route, thinCell(cell, limits)])),
    ]),
  )
}

/** A bin stands for all from the limit below it up to its own: those between two limits are never told apart. */
function thinCell(cell: Cell, limits: LimitBins): OpenCell {
  const bins: number[] = []
  const binCounts: number[] = []
  let limit = 0
  for (let index = 0; index < cell.bins.length; index += 1) {
    while (limit < limits.length && cell.bins[index]! > limits[limit]!) limit += 1
    const bin = limit < limits.length ? limits[limit]! : (limits.at(-1) ?? 0) + 1
    if (bins.at(-1) === bin) binCounts[bins.length - 1]! += cell.binCounts[index]!
    else {
      bins.push(bin)
      binCounts.push(cell.binCounts[index]!)
    }
  }
  const { count, sumUs, minUs, maxUs, statuses, statusCounts } = cell
  return {
    count,
    sumUs,
    minUs,
    maxUs,
    statuses: statuses.slice(),
    statusCounts: statusCounts.slice(),
    bins,
    binCounts,
  }
}
