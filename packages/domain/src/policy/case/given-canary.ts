import { BUCKET_MS, type EpochMs, type GivenCanary, type VersionName } from '@portcullis/contracts'

import { foldCanary } from '../../canary/fold.ts'
import { CANARY_HISTORY_MS, type CanaryState, startCanary } from '../../canary/state.ts'
import { addCellAt, type BucketCells, groupAt } from '../../window/cell-table.ts'
import { startsOf } from '../../window/service-window.ts'
import { cellOfLoad } from './given-window.ts'

const CANARY = 'canary' as VersionName
const BASELINE = 'baseline' as VersionName

const HISTORY_BUCKETS = CANARY_HISTORY_MS / BUCKET_MS

/** Returns the comparison of two versions that run side by side until an instant. The baseline ran alone for half an hour before. */
export function givenCanary(given: readonly GivenCanary[], at: EpochMs): CanaryState {
  const longest = Math.max(0, ...given.map(({ for: lastsMs }) => Math.round(lastsMs / BUCKET_MS)))
  const starts = startsOf(at, HISTORY_BUCKETS + longest)
  return starts.reduce(
    (state, start, nth) => foldCanary(state, start, bucketOf(given, { start, nth, at })),
    startCanary(CANARY, starts[HISTORY_BUCKETS] ?? at),
  )
}

function bucketOf(
  given: readonly GivenCanary[],
  { start, nth, at }: { readonly start: EpochMs; readonly nth: number; readonly at: EpochMs },
): BucketCells {
  const bucket: BucketCells = new Map()
  for (const { route, canary, baseline, for: lastsMs } of given) {
    addCellAt(groupAt(bucket, BASELINE), route, cellOfLoad(baseline, nth))
    if (start + lastsMs > at) addCellAt(groupAt(bucket, CANARY), route, cellOfLoad(canary, nth))
  }
  return bucket
}
