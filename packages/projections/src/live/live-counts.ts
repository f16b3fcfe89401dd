import type { EpochMs, ProjectId, ServiceName } from '@portcullis/contracts'
import type { Pool } from 'pg'

import { countBudget, followBudgets } from './count-budgets.ts'
import { LiveBudgets } from './live-budgets.ts'
import { LiveCanaries } from './live-canaries.ts'
import type { LiveLog } from './live-log.ts'
import { LivePast } from './live-past.ts'
import type { ShardTraffic } from './live-traffic.ts'
import { wantedCanaries, wantedPast } from './rule-needs.ts'

/** What rules look at beside the newest traffic: budgets, comparisons of releases, and the past. */
export class LiveCounts {
  readonly budgets = new LiveBudgets()
  readonly canaries = new LiveCanaries()
  readonly past = new LivePast()

  /**
   * Counts what the policies in force ask for, up to the heads of the shards. Returns whether nothing is counted beyond
   * them: what was counted for the first time may be ahead of a look.
   */
  async follow(
    pool: Pool,
    project: ProjectId,
    {
      log,
      shards,
      shardOf,
      now,
    }: {
      readonly log: LiveLog
      readonly shards: readonly ShardTraffic[]
      readonly shardOf: (service: ServiceName) => number
      readonly now: EpochMs
    },
  ): Promise<boolean> {
    const { applied } = log.policies
    const services =
      applied.size === 0 ? [] : shards.flatMap(({ windows }) => [...windows.values()])
    const asked = wantedPast(applied, services)
    const isPastKnown = await this.past.follow(pool, project, { asked, now, shards, shardOf })
    this.canaries.want(wantedCanaries(applied, log.releases))
    for (const one of this.budgets.wanted(applied, { services, shardOf })) {
      this.budgets.put(await countBudget(pool, project, one, now))
    }
    const byShard = Map.groupBy(this.budgets.all(), ({ shard }) => shard)
    for (const { head } of shards) {
      const ledgers = byShard.get(head.shard) ?? []
      await followBudgets(pool, project, { ledgers, head })
      await this.canaries.follow(pool, project, { head, shardOf })
    }
    const areCounted = shards.every(({ head }) =>
      (byShard.get(head.shard) ?? []).every(({ upTo }) => upTo.seq <= head.seq),
    )
    return isPastKnown && areCounted
  }
}
