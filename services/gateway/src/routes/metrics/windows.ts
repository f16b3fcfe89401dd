import { routeWindows, type RouteWindows } from '@portcullis/domain'
import type { LiveView } from '@portcullis/projections'
import { z } from 'zod'

import { NextCursor } from '../../paging/cursor.ts'
import { AsOf, asOf, Figures, RouteOf } from './answers.ts'
import { livePage, type LiveRow } from './live-page.ts'
import { serviceBefore, type VersionedQuery } from './parameters.ts'

const Total = z.object({ count: z.int().nonnegative() })

/** The answer of `GET /ops/metrics`. */
export const WindowsAnswer = AsOf.extend({
  routes: z.array(
    RouteOf.extend({ windows: z.object({ '1m': Figures, '5m': Figures, '15m': Figures }) }),
  ),
  totals: z
    .object({ '1m': Total, '5m': Total, '15m': Total })
    .describe('Of all routes in this answer'),
  next_cursor: NextCursor,
})
type WindowsAnswer = z.infer<typeof WindowsAnswer>

/** Returns the figures of each route over 1, 5 and 15 minutes. */
export function windowsAnswer(view: LiveView, query: VersionedQuery): WindowsAnswer {
  const { service = null, environment, route, version } = query
  const after = serviceBefore(query)
  const { rows, nextCursor } = livePage(view, { service, environment, after }, ({ window }) =>
    routeWindows(window, view.look.now, { route, version }),
  )
  return {
    ...asOf(view, environment),
    routes: rows.map(({ found, ...of }) => ({
      ...of,
      windows: { '1m': found.m1, '5m': found.m5, '15m': found.m15 },
    })),
    totals: { '1m': total(rows, 'm1'), '5m': total(rows, 'm5'), '15m': total(rows, 'm15') },
    next_cursor: nextCursor,
  }
}

function total(
  rows: readonly LiveRow<RouteWindows>[],
  window: keyof RouteWindows,
): z.infer<typeof Total> {
  return { count: rows.reduce((sum, { found }) => sum + found[window].count, 0) }
}
