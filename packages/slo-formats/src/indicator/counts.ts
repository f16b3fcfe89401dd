import type { Report } from '../finding.ts'
import type { Count, Matcher, Selector } from '../promql/query.ts'

/** Two counts, of which one is a part of the other. */
export interface Counts {
  readonly part: Count
  /** What the part is. */
  readonly side: 'good' | 'bad'
  readonly total: Count
}

/** What the part of an indicator has beside what the total has, once both are selectors. */
export interface PlainCounts {
  readonly part: Selector
  readonly side: 'good' | 'bad'
  readonly total: Selector
  /** Conditions that only the part has; those that both have say which requests are counted. */
  readonly own: readonly Matcher[]
}

/** Where nothing better can be said. */
export const BY_HAND = 'write this Slo by hand, or leave it where it is'

/** Returns the counts without differences: the part that is all less another is the other side of that other. */
export function plainCounts(
  { part, side, total }: Counts,
  report: Report,
): PlainCounts | undefined {
  if (total.minus !== undefined) {
    return report.refuse(total.minus.spot, 'is subtracted from all requests', BY_HAND)
  }
  if (part.growth !== total.growth) {
    const what = `is counted as ${part.growth}, and all as ${total.growth}`
    return report.refuse(part.plus.spot, what, 'count both in the same way')
  }
  if (part.minus === undefined) return withOwn({ part: part.plus, side, total: total.plus }, report)
  if (!isSame(part.plus, total.plus)) {
    return report.refuse(part.plus.spot, 'is not the total from which it is subtracted', BY_HAND)
  }
  const other = side === 'good' ? 'bad' : 'good'
  return withOwn({ part: part.minus, side: other, total: total.plus }, report)
}

function withOwn(counts: Omit<PlainCounts, 'own'>, report: Report): PlainCounts | undefined {
  const { part, total } = counts
  const own = part.matchers.filter((one) => !hasMatcher(total, one))
  const missing = total.matchers.filter((one) => !isEveryBucket(one) && !hasMatcher(part, one))
  for (const one of missing) {
    const what = `${textOf(one)} is asked of all requests, and not of those that are ${counts.side}`
    report.refuse(one.spot, what, 'ask the same of both')
  }
  return missing.length > 0 ? undefined : { ...counts, own }
}

/** Whether a condition names the last bucket of a histogram, which holds everything: it is a count. */
export function isEveryBucket({ label, operator, value }: Matcher): boolean {
  return label === 'le' && operator === '=' && value === '+Inf'
}

function isSame(a: Selector, b: Selector): boolean {
  return (
    a.metric === b.metric &&
    a.matchers.length === b.matchers.length &&
    a.matchers.every((one) => hasMatcher(b, one))
  )
}

function hasMatcher({ matchers }: Selector, { label, operator, value }: Matcher): boolean {
  return matchers.some(
    (one) => one.label === label && one.operator === operator && one.value === value,
  )
}

/** Returns a condition as it is written. */
export function textOf({ label, operator, value }: Matcher): string {
  return `${label}${operator}"${value}"`
}
