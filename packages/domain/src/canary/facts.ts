import { BUCKET_MS, bucketStartOf, type EpochMs, MINUTE_MS } from '@portcullis/contracts'

import type { CanaryFacts, CanaryMeasure, CanaryTest } from '../policy/facts.ts'
import { compareRoute, type MeasureTest } from './compare.ts'
import type { CanaryState, RouteComparison } from './state.ts'
import { countsOf, measureOf } from './tally.ts'
import { dispersionsOf } from './variation.ts'

/** What happens by chance less often than once in a thousand times is taken for a sign: e to the power of -6.9. */
const EXPECTED_REQUESTS = -Math.log(0.001)

/** Senders send every few seconds, and again after trouble: a shorter silence is none. */
const SILENT_MS_MIN = MINUTE_MS

/** Returns what a comparison says to a rule; null before the first request of the canary. */
export function canaryFactsOf(
  state: CanaryState,
  asOf: EpochMs,
  test: CanaryTest,
): CanaryFacts | null {
  if (state.canarySeen === null) return null
  const served = state.routes.filter((route) => requestsOf(route) > 0)
  const byRoute = new Map(
    served.map((route) => [route.route, ofBoth(test, (asked) => compareRoute(route, asked))]),
  )
  return {
    byRoute,
    dispersions: ofBoth(test, ({ measure }) => dispersionsOf(state.variation, measure)),
    missing: missingRoutes(state.routes),
    silentMs: silenceOf(state, asOf),
  }
}

function ofBoth<Of>(
  { harmfulRatio, percentile }: CanaryTest,
  tell: (test: MeasureTest) => Of,
): Record<CanaryMeasure, Of> {
  return {
    errors: tell({ measure: measureOf('errors'), harmfulRatio }),
    latency: tell({ measure: measureOf(percentile), harmfulRatio }),
  }
}

function requestsOf({ beside, alone }: RouteComparison): number {
  return countsOf(beside.canary, 0).requests + countsOf(alone, 0).requests
}

/** Only what runs beside the canary tells what it should have been asked for. */
function missingRoutes(routes: readonly RouteComparison[]): RouteComparison['route'][] {
  let [canary, baseline] = [0, 0]
  for (const { beside } of routes) {
    canary += countsOf(beside.canary, 0).requests
    baseline += countsOf(beside.baseline, 0).requests
  }
  return routes
    .filter((route) => {
      const expected = (countsOf(route.beside.baseline, 0).requests * canary) / baseline
      return requestsOf(route) === 0 && expected >= EXPECTED_REQUESTS
    })
    .map(({ route }) => route)
}

/** The longer a canary was asked, and the more often, the sooner its silence means something. */
function silenceOf(
  { since, canarySeen, canaryRequests }: CanaryState,
  asOf: EpochMs,
): number | null {
  if (canarySeen === null) return null
  const silentMs = bucketStartOf(asOf) - canarySeen - BUCKET_MS
  const askedMs = canarySeen + BUCKET_MS - since
  const expected = (canaryRequests / askedMs) * silentMs
  return silentMs >= SILENT_MS_MIN && expected >= EXPECTED_REQUESTS ? silentMs : null
}
