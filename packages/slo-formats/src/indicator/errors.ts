import type { Report } from '../finding.ts'
import type { Matcher } from '../promql/query.ts'
import { BY_HAND, type PlainCounts, textOf } from './counts.ts'
import { meaningOfLabel } from './labels.ts'
import { ALL_STATUSES, complementOf, statusesOf, statusList } from './statuses.ts'

/** Returns which statuses are errors, where a count differs from that of all requests by conditions on the status alone. */
export function errorsOf(
  { part, side, total, own }: PlainCounts,
  report: Report,
): { errors: string[] } | undefined {
  if (part.metric !== total.metric) {
    const what = `${part.metric} is another metric than ${total.metric}: what makes a request ${side} is not seen`
    return report.refuse(part.spot, what, 'name the statuses that are errors in an Slo by hand')
  }
  if (own.length === 0) {
    return report.refuse(part.spot, `counts the same requests as ${side} and as all`, BY_HAND)
  }
  const found = own.map((one) => statusesOfMatcher(one, report))
  if (found.includes(undefined)) return undefined
  const statuses = new Set(ALL_STATUSES.filter((one) => found.every((set) => set!.has(one))))
  const errors = statusList(side === 'bad' ? statuses : complementOf(statuses))
  if (errors !== undefined) return { errors }
  const what = 'makes none, all, or more than 50 single statuses errors'
  return report.refuse(own[0]!.spot, what, 'list the statuses that are errors by hand')
}

function statusesOfMatcher(matcher: Matcher, report: Report): ReadonlySet<number> | undefined {
  const { label, spot } = matcher
  if (meaningOfLabel(label) !== 'status') {
    const what = `${textOf(matcher)} is no condition on a status of HTTP, by which Portcullis knows errors`
    return report.refuse(spot, what, BY_HAND)
  }
  const found = statusesOf(matcher)
  if (typeof found === 'string') return report.refuse(spot, found, BY_HAND)
  for (const name of found.names) {
    const what = `"${name}" is no status: requests without an answer are not counted`
    report.leaveOut(spot, what, 'let the service report them with a status, like 503')
  }
  return found.statuses
}
