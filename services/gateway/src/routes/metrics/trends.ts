import { routeTrends } from '@portcullis/domain'
import { isoOf } from '@portcullis/projections'
import { z } from 'zod'

import { NextCursor } from '../../paging/cursor.ts'
import { Figures, Instant, LiveAsOf, liveAsOf, RouteOf } from './answers.ts'
import { livePage } from './live-page.ts'
import type { LiveQuery } from './parameters.ts'
import type { AnyView } from './view-for.ts'

const TrendPoint = Figures.omit({ p50_ms: true }).extend({
  t: Instant.describe('Start of the 10-second bucket'),
})

/** The answer of `GET /ops/metrics/trends`. */
export const TrendsAnswer = LiveAsOf.extend({
  routes: z.array(
    RouteOf.extend({
      points: z.array(TrendPoint).describe('30, the oldest first; the last bucket still runs'),
    }),
  ),
  next_cursor: NextCursor,
})
type TrendsAnswer = z.infer<typeof TrendsAnswer>

/** Returns the last five minutes of each route that was seen in them, bucket by bucket. */
export async function trendsAnswer(view: AnyView, query: LiveQuery): Promise<TrendsAnswer> {
  const { environment, route, version } = query
  const head = liveAsOf(view, environment)
  const { rows, nextCursor } = await livePage(view, query, (window, now) =>
    routeTrends(window, now, { route, version }),
  )
  return {
    ...head,
    routes: rows.map(({ found, ...of }) => ({
      ...of,
      points: found.map((point) => ({ ...point, t: isoOf(point.t) })),
    })),
    next_cursor: nextCursor,
  }
}
