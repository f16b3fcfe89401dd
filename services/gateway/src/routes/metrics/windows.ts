import { routeWindows, type RouteWindows } from '@portcullis/domain'
import { z } from 'zod'

import { NextCursor } from '../../paging/cursor.ts'
import { Figures, LiveAsOf, liveAsOf, RouteOf } from './answers.ts'
import { livePage, type LiveRow } from './live-page.ts'
import type { LiveQuery } from './parameters.ts'
import type { AnyView } from './view-for.ts'

const Total = z.object({ count: z.int().nonnegative() })

/** The answer of `GET /ops/metrics`. */
export const WindowsAnswer = LiveAsOf.extend({
  routes: z.array(
    RouteOf.extend({ windows: z.object({ '1m': Figures, '5m': Figures, '15m': Figures }) }),
  ),
  totals: z
    .object({ '1m': Total, '5m': Total, '15m': Total })
    .describe('Of all routes that were asked for, of the services on this page'),
  next_cursor: NextCursor,
})
type WindowsAnswer = z.infer<typeof WindowsAnswer>

/** Returns the figures of each route over 1, 5 and 15 minutes. */
export async function windowsAnswer(view: AnyView, query: LiveQuery): Promise<WindowsAnswer> {
  const { environment, route, version } = query
  const head = liveAsOf(view, environment)
  const { all, rows, nextCursor } = await livePage(view, query, (window, now) =>
    routeWindows(window, now, { route, version }),
  )
  return {
    ...head,
    routes: rows.map(({ found, ...of }) => ({
      ...of,
      windows: { '1m': found.m1, '5m': found.m5, '15m': found.m15 },
    })),
    totals: { '1m': total(all, 'm1'), '5m': total(all, 'm5'), '15m': total(all, 'm15') },
    next_cursor: nextCursor,
  }
}

function total(
  rows: readonly LiveRow<RouteWindows>[],
  window: keyof RouteWindows,
): z.infer<typeof Total> {
  return { count: rows.reduce((sum, { found }) => sum + found[window].count, 0) }
}
