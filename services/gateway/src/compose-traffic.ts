import { DEFAULT_PROJECT } from '@portcullis/contracts'
import { guardParametersFrom } from '@portcullis/domain'

import type { GatewayDeps } from './compose.ts'
import type { TrafficOptions } from './routes/traffic-routes.ts'
import { liveOrProblem } from './store/live-look.ts'
import { namesIn } from './store/names.ts'

/** Puts together what the routes that tell of traffic need. */
export function trafficOf({
  config,
  db,
  clock,
  live,
  past,
  judgement,
  backtests,
}: GatewayDeps): TrafficOptions {
  const project = DEFAULT_PROJECT
  const views = { live: liveOrProblem(live), past }
  return {
    db,
    project,
    past,
    views,
    history: { db, project, live: views.live },
    judgement,
    backtests,
    guard: guardParametersFrom(config.guard),
    namesFor: namesIn(db, project, clock),
    readsPerMinute: config.limits.readsPerMinute,
  }
}
