import {
  type EnvironmentName,
  type EpochMs,
  minuteStartOf,
  plusMs,
  type ProjectId,
  type ServiceName,
} from '@portcullis/contracts'
import type { AppliedPolicies, RouteCells } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { LiveCounts } from '../live/live-counts.ts'
import type { LiveLog } from '../live/live-log.ts'
import {
  addTo,
  type FoundCells,
  mergedCells,
  type PastAsked,
  spanOf,
  storedCells,
} from '../live/live-past.ts'
import { budgetsOfRules, wantedCanaries, wantedPast } from '../live/rule-needs.ts'
import { AHEAD_MS, batchesInSpan } from '../traffic/batches-in-span.ts'
import type { ServiceTraffic } from '../traffic/windows.ts'
import { countBudgetAt } from './budgets-at.ts'
import type { PastShard } from './heads-at.ts'

/** What is counted, and up to where. */
export interface CountedAt {
  readonly log: LiveLog
  readonly applied: AppliedPolicies
  readonly shards: readonly PastShard[]
  readonly shardOf: (service: ServiceName) => number
  /** With traffic. */
  readonly services: readonly ServiceTraffic[]
  /** The one that is asked about; null where all are. */
  readonly service: ServiceName | null
  readonly environment: EnvironmentName
  readonly asOf: EpochMs
  /** Which objectives: those that rules name, or all. */
  readonly budgets: 'of_rules' | 'all'
}

/** Counts, as of an instant, what policies look at beside the newest traffic. */
export async function countsAt(tx: Db, project: ProjectId, asked: CountedAt): Promise<LiveCounts> {
  const { log, applied, shards, shardOf, services, service, environment, asOf } = asked
  const counts = new LiveCounts()
  for (const one of wantedPast(applied, services)) {
    const shard = shards[shardOf(one.scope.service)]!
    const cells = await pastCells(tx, project, { ...one, shard, asOf })
    counts.past.put(one, { minute: minuteStartOf(asOf), cells })
  }
  counts.canaries.want(
    wantedCanaries(applied, log.releases).filter((one) => {
      return one.environment === environment && (service === null || one.service === service)
    }),
  )
  for (const { head } of shards) await counts.canaries.follow(tx, project, { head, shardOf })
  const named = asked.budgets === 'all' ? null : budgetsOfRules(applied)
  for (const wanted of counts.budgets.wanted(applied, { services, shardOf })) {
    if (named !== null && !named.has(wanted.name)) continue
    if (wanted.scope.environment !== environment && wanted.spec.environment === undefined) continue
    const { head, keptSince } = shards[wanted.shard]!
    counts.budgets.put(
      await countBudgetAt(tx, project, wanted, { head, asOf, isKept: keptSince <= asOf }),
    )
  }
  return counts
}

/** Returns what routes did a while before an instant, as it was known then; by what is known now where batches are gone. */
async function pastCells(
  tx: Db,
  project: ProjectId,
  { shard, asOf, ...asked }: PastAsked & { readonly shard: PastShard; readonly asOf: EpochMs },
): Promise<RouteCells | null> {
  const { scope } = asked
  const span = spanOf(asked, asOf)
  const { head, keptSince } = shard
  const from = { seq: 0, recordedAt: plusMs(span.from, -AHEAD_MS) }
  if (keptSince > from.recordedAt)
    return mergedCells(await storedCells(tx, project, { scope, span }))
  const found: FoundCells = new Map()
  const range = { after: from, through: head, scope, span }
  for (const cells of await batchesInSpan(tx, project, range)) addTo(found, cells)
  return mergedCells(found)
}
