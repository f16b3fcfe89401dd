import { ObservedBucket, type RouteName } from '@portcullis/contracts'
import { foldBucket, type BucketRejection, type Cell } from '@portcullis/domain'

import { whyNot } from './why-not.ts'

/** A bucket that the sender folded, checked. */
export interface CheckedBucket {
  readonly route: RouteName
  readonly start: string | number
  readonly cell: Cell
}

/** What a folded bucket can be refused for, in words for its sender. */
const REFUSALS: Readonly<Record<BucketRejection, string>> = {
  statuses_and_bins_differ: 'latency.bins: count other requests than the statuses, or none',
  latency_contradicts_bins:
    'latency: min_us, max_us and sum_us are not what latencies in these bins can have',
}

/** Returns the bucket, or why it cannot be one; null where the schema tells why. */
export function checkBucket(item: unknown): CheckedBucket | { readonly error: string } | null {
  const parsed = ObservedBucket.safeParse(item)
  if (!parsed.success) return null
  const { route, start, statuses, latency } = parsed.data
  const folded = foldBucket({ statuses, latency })
  if ('rejected' in folded) return { error: REFUSALS[folded.rejected] }
  return { route, start, cell: folded.cell }
}

/** Returns why an item is no bucket, in the schema's words. */
export function whyNoBucket(item: unknown): string {
  return whyNot(ObservedBucket, item)
}
