import { type PastStore, readHistory, isoOf } from '@portcullis/projections'
import { z } from 'zod'

import { cursorOf, NextCursor } from '../../paging/cursor.ts'
import { problem } from '../../problem/problem.ts'
import { AsOf, asOf, Figures, Instant, RouteOf } from './answers.ts'
import { type HistoryQuery, placeOfService, serviceBefore, stepMsOf } from './parameters.ts'

/**
 * Points of an answer: 14 days of one route by the minute, or an hour of 1,000 routes. A page of
 * services ends before it; a single service that exceeds it is refused.
 */
const POINTS_MAX = 75_000
/** Hours of routes that are read for an answer; unpacking them takes half a second. */
const HOURS_MAX = 5_000

const HistoryPoint = Figures.extend({ t: Instant.describe('Start of the step') })

/** Says up to when what was folded is in figures older than 15 minutes. */
export const CompactedTo = Instant.describe(
  'What was folded until then is counted wherever it belongs; what was folded later, in the ' +
    'newest 15 minutes alone. It is `as_of`, but for a few seconds after requests were reported.',
)

/** The answer of `GET /ops/metrics/history`. */
export const HistoryAnswer = AsOf.extend({
  from: Instant,
  to: Instant,
  step: z.string(),
  compacted_to: CompactedTo,
  routes: z.array(
    RouteOf.extend({
      points: z
        .array(HistoryPoint)
        .describe('The oldest first; a step without a request has no point'),
    }),
  ),
  next_cursor: NextCursor,
})
type HistoryAnswer = z.infer<typeof HistoryAnswer>

/** Returns the figures of each route, step by step; throws a problem when it is too much. */
export async function historyAnswer(store: PastStore, query: HistoryQuery): Promise<HistoryAnswer> {
  const { service = null, environment, route = null, version, from = null, to = null } = query
  const after = serviceBefore(query)
  const stepMs = stepMsOf(query)
  const asked = { service, environment, after, route, version, from, to, stepMs }
  const found = await readHistory(store, asked, { pointsMax: POINTS_MAX, hoursMax: HOURS_MAX })
  if ('rejected' in found) throw tooMuch(found.share)
  const { view, span, compactedTo, services, next } = found
  return {
    ...asOf(view, environment),
    from: isoOf(span.from),
    to: isoOf(span.to),
    step: query.step,
    compacted_to: isoOf(compactedTo ?? view.look.now),
    routes: services.flatMap((one) =>
      [...one.routes]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, points]) => ({
          service: one.service,
          environment,
          route: name,
          points: points.map((point) => ({ ...point, t: isoOf(point.t) })),
        })),
    ),
    next_cursor: next === null ? null : cursorOf(placeOfService(next)),
  }
}

function tooMuch(share: number) {
  return problem('INVALID_PARAMETER', {
    errors: [
      {
        field: 'from',
        message:
          `asks for ${share.toFixed(1)} times what one answer holds: ${POINTS_MAX} points, ` +
          `from ${HOURS_MAX} hours of routes`,
        fix: 'Name a route, ask for less time, or take longer steps.',
      },
    ],
  })
}
