import type { Report } from '../finding.ts'
import type { Matcher } from '../promql/query.ts'
import { BY_HAND, isEveryBucket, type PlainCounts, textOf } from './counts.ts'
import { histogramUnitMs } from './metric.ts'

/** Returns how fast good requests are, where a count is a bucket of a histogram and all requests are its count. */
export function latencyOf(
  { part, side, total, own }: PlainCounts,
  report: Report,
): { fasterThan: string } | undefined {
  const base = part.metric.slice(0, -'_bucket'.length)
  const isLastBucket = total.metric === part.metric && total.matchers.some(isEveryBucket)
  const isOfAll = total.metric === `${base}_count` || isLastBucket
  if (!isOfAll) {
    const what = `${total.metric} is not the count of the histogram ${base}`
    return report.refuse(total.spot, what, `divide by ${base}_count`)
  }
  const bounds = own.filter(({ label }) => label === 'le')
  for (const one of own.filter(({ label }) => label !== 'le')) {
    report.refuse(
      one.spot,
      `${textOf(one)} is asked of the fast requests alone`,
      'ask the same of both',
    )
  }
  if (bounds.length !== 1)
    return report.refuse(part.spot, 'names no bucket, like le="0.3"', BY_HAND)
  if (side === 'bad') {
    const what = `${textOf(bounds[0]!)} holds the fast requests, and is counted as bad`
    return report.refuse(bounds[0]!.spot, what, `subtract it from ${base}_count`)
  }
  return fasterThanOf(bounds[0]!, base, report)
}

function fasterThanOf(
  bound: Matcher,
  base: string,
  report: Report,
): { fasterThan: string } | undefined {
  const unitMs = histogramUnitMs(base)
  if (typeof unitMs === 'string') return report.refuse(bound.spot, unitMs, BY_HAND)
  const limitMs = Number((Number(bound.value) * unitMs).toPrecision(12))
  if (bound.operator === '=' && Number.isInteger(limitMs) && limitMs > 0 && limitMs < 1_000_000) {
    return { fasterThan: `${limitMs}ms` }
  }
  const what = `${textOf(bound)} is no bound of whole milliseconds below 1,000 s`
  return report.refuse(bound.spot, what, BY_HAND)
}
