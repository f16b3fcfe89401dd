import type { EnvironmentName, Outcome, ServiceName, VersionName } from '@portcullis/contracts'
import {
  type AlarmRules,
  DEFAULT_ALARM_RULES,
  DEFAULT_GUARD_PARAMETERS,
  DEFAULT_SLO_SETTINGS,
  type GuardParameters,
  type GuardQuestion,
  minuteOf,
  type RouteHealth,
  routeHealthOf,
  routesOf,
  type SloTargets,
  verdict,
} from '@portcullis/domain'

import { NEW } from '../release/simulate.ts'
import type { Judge } from './judge.ts'
import type { Seen } from './seen.ts'

const service = 'shop' as ServiceName
const environment = 'production' as EnvironmentName

interface Setting {
  readonly guard?: Partial<GuardParameters>
  /** Of errors in percent, and of p95 in milliseconds (`SLO_ERR_PCT`, `SLO_P95_MS`). */
  readonly targets?: Partial<SloTargets>
  readonly version?: VersionName
}

const SETTINGS: Readonly<Record<string, Setting>> = {
  defaults: {},
  'of the new version': { version: NEW },
  'min_samples=1000': { guard: { min_samples: 1_000 } },
  'min_samples=100, SLO_ERR_PCT=10': { guard: { min_samples: 100 }, targets: { err_pct: 10 } },
}

/** The first system's verdict, by its defaults and by settings that block less. */
export function firstSystem(): Judge[] {
  return Object.entries(SETTINGS).map(([setting, { guard, targets, version }]) => {
    const question: GuardQuestion = {
      service,
      environment,
      version: version ?? null,
      release: null,
      guard: { ...DEFAULT_GUARD_PARAMETERS, ...guard },
    }
    const judged = {
      rules: DEFAULT_ALARM_RULES,
      targets: { ...DEFAULT_SLO_SETTINGS.targets, ...targets },
    }
    const ask = (seen: Seen): Outcome => {
      const routes = healthsOf(seen, judged, version)
      const nothing = { incidents: [], stale: [], heads: null, governance: null, waivers: [] }
      const inputs = { ...nothing, routes, freshnessMs: 0 }
      return verdict(inputs, question, seen.asOf).outcome
    }
    return { peer: 'first system', setting, begin: () => ask }
  })
}

interface Judged {
  readonly rules: AlarmRules
  readonly targets: SloTargets
}

function healthsOf(
  { window, asOf }: Seen,
  judged: Judged,
  version: VersionName | undefined,
): RouteHealth[] {
  return [...routesOf(window, asOf)].map((route) => {
    const minute = minuteOf(window, route, asOf, version)
    return routeHealthOf({ service, environment, route }, { minute, judged }, asOf)
  })
}
