import { CANARY_PERCENTILES } from '@portcullis/contracts'

import { addCounts, type Cell } from '../window/cell.ts'

/** Ten requests beyond a percentile tell well enough where it lies: what is slow only has to be the same for both sides. */
const BEYOND = 10

/**
 * From which latency on a request of a route is slow, for each of `CANARY_PERCENTILES`. A limit is taken from the first
 * requests of the baseline that are enough for it, and never changes: what was counted by it stays comparable. It
 * counts from the next bucket on, so that no request is judged by a limit that it made itself.
 */
export interface SlowLimits {
  /** Latency bins; null where too few were seen yet. */
  readonly limits: readonly (number | null)[]
  /** What was seen until then; null once every limit is known. */
  readonly seen: {
    readonly bins: readonly number[]
    readonly counts: readonly number[]
  } | null
}

export const NO_LIMITS: SlowLimits = {
  limits: CANARY_PERCENTILES.map(() => null),
  seen: { bins: [], counts: [] },
}

/** Returns the limits after the baseline did so much more. */
export function learnLimits(slow: SlowLimits, cell: Cell): SlowLimits {
  const { limits, seen } = slow
  if (seen === null) return slow
  const bins = [...seen.bins]
  const counts = [...seen.counts]
  addCounts(bins, counts, cell.bins, cell.binCounts)
  const learned = limits.map((limit, index) => {
    return limit ?? limitOf({ bins, counts }, CANARY_PERCENTILES[index]!)
  })
  return { limits: learned, seen: learned.includes(null) ? { bins, counts } : null }
}

/** Returns the lowest bin beyond which no more requests lie than a percentile leaves; null of too few. */
function limitOf(
  { bins, counts }: { readonly bins: readonly number[]; readonly counts: readonly number[] },
  percentile: number,
): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const beyondMax = (total * (100 - percentile)) / 100
  if (beyondMax < BEYOND) return null
  let beyond = 0
  let index = bins.length - 1
  while (index > 0 && beyond + counts[index]! <= beyondMax) {
    beyond += counts[index]!
    index -= 1
  }
  return bins[index]!
}
