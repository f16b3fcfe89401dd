import type { Report } from '../finding.ts'
import { BY_HAND, type Counts, plainCounts } from './counts.ts'
import { errorsOf } from './errors.ts'
import { latencyOf } from './latency.ts'
import { whyNotRequests } from './metric.ts'
import { type RequestScope, scopeOf } from './scope.ts'

export type IndicatorInput = { readonly errors: string[] } | { readonly fasterThan: string }

/** Which requests an objective counts, and which of them are good, in the words of an `Slo`. */
export interface Requests extends RequestScope {
  readonly indicator: IndicatorInput
}

/**
 * Returns which requests two counts are about. All that Portcullis does not know of a request is refused, except the labels
 * that are to be left out by the caller's own word.
 */
export function requestsOf(
  counts: Counts,
  { report, ignoredLabels }: { readonly report: Report; readonly ignoredLabels: readonly string[] },
): Requests | undefined {
  const plain = plainCounts(counts, report)
  if (plain === undefined) return undefined
  const why = whyNotRequests(plain.total)
  if (why !== undefined) return report.refuse(plain.total.spot, why, BY_HAND)
  const isHistogram = plain.part.metric.endsWith('_bucket')
  const indicator = isHistogram ? latencyOf(plain, report) : errorsOf(plain, report)
  const shared = plain.total.matchers.filter(({ label }) => !(isHistogram && label === 'le'))
  const scope = scopeOf(shared, { report, ignoredLabels })
  return indicator === undefined || report.isRefused() ? undefined : { indicator, ...scope }
}
