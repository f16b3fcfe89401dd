import { BUCKET_MS, type EpochMs, plusMs, type RouteScope } from '@portcullis/contracts'

import { evaluateRoute, type RouteEvaluation } from '../alarm/evaluate.ts'
import type { AlarmRules } from '../alarm/rules.ts'
import { bucketsAhead, healthyCell } from '../outlook/healthy-cell.ts'
import type { SloTargets } from '../slo/targets.ts'
import { WINDOW_BUCKETS } from '../window/figures.ts'
import type { RouteBuckets } from '../window/service-window.ts'

/**
 * The health of a route as of an instant. To evaluate a route costs 100 times as much as to read its
 * evaluation here: callers keep it as long as neither the heads nor the second change.
 */
export interface RouteHealth {
  readonly scope: RouteScope
  readonly evaluation: RouteEvaluation
  /** What the minute before a later instant would say if from now on all were well. */
  readonly evaluationAt: (later: EpochMs) => RouteEvaluation
}

/** What a route is judged by. */
interface Judged {
  readonly rules: AlarmRules
  readonly targets: SloTargets
}

/** Returns the health of a route whose last minute is known. The minute must not change while it is asked about later. */
export function routeHealthOf(
  scope: RouteScope,
  { minute, judged }: { readonly minute: RouteBuckets; readonly judged: Judged },
  asOf: EpochMs,
): RouteHealth {
  return {
    scope,
    evaluation: evaluateRoute(minute, judged, asOf),
    evaluationAt: (later) => evaluateRoute(minuteAt(minute, asOf, later), judged, later),
  }
}

/** Returns the minute before a later instant: of what is known that which is not over, and then healthy buckets. */
function minuteAt(minute: RouteBuckets, asOf: EpochMs, later: EpochMs): RouteBuckets {
  const ahead = Math.min(bucketsAhead(asOf, later), WINDOW_BUCKETS.m1)
  const count = minute.cells.reduce((sum, cell) => sum + (cell?.count ?? 0), 0)
  const knownMs = WINDOW_BUCKETS.m1 * BUCKET_MS
  const healthy = healthyCell({ count }, { knownMs, aheadMs: BUCKET_MS })
  const cells = [...minute.cells.slice(ahead), ...Array.from({ length: ahead }, () => healthy)]
  return { start: plusMs(minute.start, bucketsAhead(asOf, later) * BUCKET_MS), cells }
}
