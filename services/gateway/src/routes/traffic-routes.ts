import type { Gateway } from '../zod-routes.ts'
import { addAlarms, type AlarmOptions } from './alarms/routes.ts'
import { addBacktests, type BacktestOptions } from './backtests/routes.ts'
import { addMetrics, type MetricsOptions } from './metrics/routes.ts'
import { addReleaseImpact, type ReleaseImpactOptions } from './release-impact/routes.ts'
import { addSlo, type SloOptions } from './slo/routes.ts'

/** What the routes that tell of traffic need, all together. */
export type TrafficOptions = AlarmOptions &
  BacktestOptions &
  MetricsOptions &
  ReleaseImpactOptions &
  SloOptions

const NOUNS: readonly ((scope: Gateway, options: TrafficOptions) => Promise<void>)[] = [
  addAlarms,
  addBacktests,
  addMetrics,
  addReleaseImpact,
  addSlo,
]

/** Traffic and what is judged by it: figures, alarms, objectives, and what releases did. */
export async function addTraffic(app: Gateway, options: TrafficOptions): Promise<void> {
  for (const add of NOUNS) await app.register((scope: Gateway) => add(scope, options))
}
