import type { Path, Report } from '../finding.ts'
import { BY_HAND } from '../indicator/counts.ts'
import { type Requests, requestsOf } from '../indicator/requests.ts'
import type { Count, Ratio } from '../promql/query.ts'
import { readQuery } from '../promql/read-query.ts'
import type { ImportOptions } from './draft.ts'

/** A query, and where it stands. */
export interface GivenQuery {
  readonly text: string
  readonly path: Path
}

interface Reading {
  readonly report: Report
  readonly options: ImportOptions
  /** Whether a selector without rate stands for its growth. */
  readonly isBareAllowed?: boolean
}

/** Returns which requests two queries count, of which one is a part of the other. */
export function requestsOfQueries(
  queries: { readonly part: GivenQuery; readonly side: 'good' | 'bad'; readonly total: GivenQuery },
  { report, options, isBareAllowed = false }: Reading,
): Requests | undefined {
  const [part, total] = [queries.part, queries.total].map((query) => {
    const found = understood(query, report, isBareAllowed)
    if (found?.type !== 'ratio') return found
    const what = 'is a ratio, where a count is needed'
    return report.refuse({ path: query.path }, what, 'write both of its counts, each in its place')
  })
  if (part === undefined || total === undefined) return undefined
  const ignoredLabels = options.ignoredLabels ?? []
  return requestsOf({ part, side: queries.side, total }, { report, ignoredLabels })
}

/** Returns which requests a query of a ratio counts. */
export function requestsOfRatio(
  query: GivenQuery,
  side: 'good' | 'bad',
  { report, options }: Reading,
): Requests | undefined {
  const found = understood(query, report, false)
  if (found === undefined) return undefined
  if (found.type === 'count') {
    return report.refuse({ path: query.path }, 'is no ratio of two counts', BY_HAND)
  }
  const { part, total, isRest } = found
  const other = side === 'good' ? 'bad' : 'good'
  const ignoredLabels = options.ignoredLabels ?? []
  return requestsOf({ part, side: isRest ? other : side, total }, { report, ignoredLabels })
}

function understood(
  { text, path }: GivenQuery,
  report: Report,
  isBareAllowed: boolean,
): Count | Ratio | undefined {
  const found = readQuery(text, { path, isBareAllowed })
  return found.type === 'unclear' ? report.refuse(found.spot, found.what, BY_HAND) : found
}
