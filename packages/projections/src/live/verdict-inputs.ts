import {
  BUCKET_MS,
  bucketStartOf,
  type EpochMs,
  plusMs,
  type ServiceName,
  type VersionName,
} from '@portcullis/contracts'
import {
  minuteOf,
  type RouteHealth,
  routeHealthOf,
  routesOf,
  type StaleFact,
  type VerdictInputs,
  WINDOW_BUCKETS,
  windowStartOf,
} from '@portcullis/domain'

import { isoOf } from '../record.ts'
import { governanceOf } from './governance.ts'
import { guardIncident } from './guard-incident.ts'
import type { AskedScope } from './live-incidents.ts'
import type { LiveView } from './live-view.ts'
import type { RouteJudgement } from './route-health.ts'

/** What a verdict is asked about. */
export interface Asked extends AskedScope {
  readonly version: VersionName | null
}

/** What tells whether the view can be believed. */
export interface Trust {
  /** An aggregator that was not heard of, or a batch that waits, for longer is too long. */
  readonly behindMs: number
  readonly shardOf: (service: ServiceName) => number
  /** Age of the oldest batch of a shard that is not folded; 0 when there is none. */
  readonly backlogMsOf: (shard: number) => number
}

/** Returns all that a verdict depends on, beside the question and the instant. */
export function verdictInputs(
  view: LiveView,
  asked: Asked,
  { asOf, trust, judgement }: { asOf: EpochMs; trust: Trust; judgement: RouteJudgement },
): VerdictInputs {
  const newest = Math.max(...view.shards.map((shard) => shard.recordedAt))
  let routes: RouteHealth[] | undefined
  return {
    // To judge all routes is most of the work, and nobody asks where policies decide for all services.
    get routes() {
      return (routes ??= routesOfView(view, asked, { asOf, judgement }))
    },
    incidents: Array.from(view.log.incidents.of(asked), guardIncident),
    stale: staleFacts(view, asked, { asOf, trust }),
    heads: view.heads,
    freshnessMs: newest > 0 ? Math.max(0, view.look.now - newest) : null,
    governance: governanceOf(view, asked, asOf),
    waivers: view.log.waivers.at(asOf),
  }
}

function routesOfView(
  view: LiveView,
  { service, environment, version }: Asked,
  { asOf, judgement }: { asOf: EpochMs; judgement: RouteJudgement },
): RouteHealth[] {
  const { rules, targetsOf } = judgement
  const routes: RouteHealth[] = []
  for (const traffic of view.services()) {
    if (traffic.environment !== environment) continue
    if (service !== null && traffic.service !== service) continue
    if (version === null) {
      for (const health of view.healths.of(traffic, asOf)) routes.push(health)
      continue
    }
    for (const route of routesOf(traffic.window, asOf)) {
      const scope = { service: traffic.service, environment, route }
      const minute = minuteOf(traffic.window, route, asOf, version)
      if (minute.cells.every((cell) => cell === undefined)) continue
      const judged = { rules, targets: targetsOf(scope) }
      routes.push(routeHealthOf(scope, { minute, judged }, asOf))
    }
  }
  return routes
}

/** Why what is known may be less than what happened. */
function staleFacts(
  { look, log }: LiveView,
  { service }: Pick<Asked, 'service'>,
  { asOf, trust }: { asOf: EpochMs; trust: Trust },
): StaleFact[] {
  const { behindMs, shardOf, backlogMsOf } = trust
  const about = { service: null, environment: null }
  const facts: StaleFact[] = []
  const beatAt = look.aggregatorBeatAt
  if (beatAt === null || look.now - beatAt > behindMs) {
    const heardAt = beatAt === null ? null : isoOf(beatAt)
    facts.push({ cause: 'no_aggregator', ...about, evidence: { last_heard_at: heardAt } })
  }
  const shards = service === null ? look.shards.map((one) => one.shard) : [shardOf(service)]
  for (const shard of shards) {
    const waitedMs = backlogMsOf(shard)
    if (waitedMs <= behindMs) continue
    // Whole seconds: the cause counts, and an answer is to be the same for a while. Null where the
    // queue was never seen.
    const oldest_waiting_s = Number.isFinite(waitedMs) ? Math.floor(waitedMs / 1_000) : null
    facts.push({ cause: 'behind', ...about, evidence: { shard, oldest_waiting_s } })
  }
  const windowStart = windowStartOf(asOf, WINDOW_BUCKETS.m1)
  for (const loss of log.losses) {
    if (!shards.includes(loss.shard) || loss.until < windowStart) continue
    const batches = loss.toNumber - loss.fromNumber + 1
    const span = { since: isoOf(loss.since), until: isoOf(loss.until) }
    const evidence = { shard: loss.shard, batches, ...span }
    const endsAt = plusMs(bucketStartOf(loss.until), WINDOW_BUCKETS.m1 * BUCKET_MS)
    facts.push({ cause: 'incomplete_window', ...about, evidence, until: endsAt })
  }
  for (const parked of look.parked) facts.push({ cause: 'parked_batch', ...parked, evidence: {} })
  return facts
}
