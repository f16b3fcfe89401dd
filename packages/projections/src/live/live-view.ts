import type { EpochMs, Heads, LogPosition, ProjectId, ServiceName } from '@portcullis/contracts'
import type { AppliedPolicies, KeptBuckets } from '@portcullis/domain'
import type { Pool } from 'pg'

import { incidentModel, type IncidentRow } from '../incidents/model.ts'
import { lossModel, type LossRow } from '../losses/model.ts'
import type { TableRecord } from '../read-model.ts'
import { countOf } from '../record.ts'
import { releaseModel, type ReleaseRow } from '../releases/model.ts'
import type { ShardHead } from '../traffic/batches.ts'
import type { ServiceTraffic } from '../traffic/windows.ts'
import { waiverModel, type WaiverRow } from '../waivers/model.ts'
import { countBudget, followBudgets } from './count-budgets.ts'
import { type HeadsLook, lookAtHeads } from './heads.ts'
import { LiveBudgets } from './live-budgets.ts'
import { LiveCanaries } from './live-canaries.ts'
import { LiveIncidents } from './live-incidents.ts'
import { type ChangedOutcome, LiveOutcomes, OUTCOMES_CHANGED } from './live-outcomes.ts'
import { LivePast } from './live-past.ts'
import { type ChangedPolicy, LivePolicies, POLICIES_CHANGED } from './live-policies.ts'
import { LiveReleases } from './live-releases.ts'
import { followShard, isFollowed, type ShardTraffic } from './live-traffic.ts'
import { LiveWaivers, WAIVERS_CHANGED } from './live-waivers.ts'
import { createRouteHealths, type RouteHealths, type RouteJudgement } from './route-health.ts'
import { wantedCanaries, wantedPast } from './rule-needs.ts'
import { createSharedLook } from './shared-look.ts'

/** All that is known as of one look at the heads. It is read at once: the next look changes it. */
export interface LiveView {
  readonly look: HeadsLook
  /** From where it was read. */
  readonly heads: Heads
  readonly shards: readonly ShardHead[]
  /** Incidents that are not resolved. */
  readonly incidents: LiveIncidents
  /** Losses of the last hour. */
  readonly losses: readonly LossRow[]
  readonly healths: RouteHealths
  /** Everything that is in force. */
  readonly policies: AppliedPolicies
  readonly outcomes: LiveOutcomes
  /** What was counted for objectives. */
  readonly budgets: LiveBudgets
  readonly releases: LiveReleases
  readonly canaries: LiveCanaries
  readonly past: LivePast
  readonly waivers: LiveWaivers
  /** Every service that was heard of in the last 15 minutes. */
  services(): Iterable<ServiceTraffic>
}

/** With two, the store works on one while the answers of the other are written (bench `verdict`). */
const LOOKS_AT_ONCE = 2

/** A look that takes longer counts as failed: whoever asks is better served by "I cannot know". */
const LOOK_MS_MAX = 3_000

/** What keeps a view up to date. */
export interface LiveViews {
  /**
   * Resolves to a view as of a look that began after this call: whatever was committed before is in
   * it. Rejects while the store is away.
   */
  next(): Promise<LiveView>
}

/** What a view needs beside what routes are judged by. */
export interface LiveOptions {
  readonly shardOf: (service: ServiceName) => number
  readonly kept?: KeptBuckets
}

/**
 * Follows the log and the metric shards in memory, on demand: a look costs one statement when
 * nothing happened, and what happened is read once for all who ask. `kept` says how much of the
 * traffic they need; while no policy is in force: rules may look at the whole window.
 */
export function createLiveViews(
  pool: Pool,
  project: ProjectId,
  judgement: RouteJudgement,
  { shardOf, kept }: LiveOptions,
): LiveViews {
  const shards = new Map<number, ShardTraffic>()
  const incidents = new LiveIncidents()
  const policies = new LivePolicies()
  const outcomes = new LiveOutcomes()
  const budgets = new LiveBudgets()
  const releases = new LiveReleases()
  const canaries = new LiveCanaries()
  const past = new LivePast()
  const waivers = new LiveWaivers()
  const healths = createRouteHealths(judgement)
  let losses: readonly LossRow[] = []
  let position = -1 as LogPosition

  const followLog = async (): Promise<void> => {
    const changes = await logChanges(pool, project, position)
    for (const row of changes.incidents) incidents.note(row)
    const hadPolicies = policies.size > 0
    policies.note(changes.policies)
    outcomes.note(changes.outcomes)
    releases.note(changes.releases)
    waivers.note(changes.waivers)
    // What was forgotten of the windows is needed now.
    if (kept !== undefined && !hadPolicies && policies.size > 0) shards.clear()
    losses = await recentLosses(pool, project, changes.position)
    position = changes.position
  }
  const keptNow = () => (policies.size > 0 ? undefined : kept)
  const followTraffic = async (head: ShardHead, now: EpochMs): Promise<void> => {
    const traffic = shards.get(head.shard)
    // Windows are changed in place: what is known of the shard is worth something only if this ends
    // well. After a failure, half of a tail may be folded, and the shard is loaded anew.
    shards.delete(head.shard)
    const next = await followShard(pool, project, { traffic, head, now }, keptNow())
    shards.set(head.shard, next)
    healths.forget(next)
  }
  /** What there is to follow: mostly nothing, and of two looks in flight the later may have followed it. */
  const workOf = ({ shards: heads, now }: HeadsLook): Promise<void>[] => {
    const behind = heads.filter((head) => {
      return !isFollowed({ traffic: shards.get(head.shard), head, now })
    })
    return behind.map((head) => followTraffic(head, now))
  }
  /** Counts what is wanted up to the heads; returns whether nothing is counted beyond them. */
  const followCounts = async (
    followed: readonly ShardTraffic[],
    now: EpochMs,
  ): Promise<boolean> => {
    const services = followed.flatMap(({ windows }) => [...windows.values()])
    await past.follow(pool, project, { asked: wantedPast(policies.applied, services), now })
    canaries.want(wantedCanaries(policies.applied, releases))
    for (const one of budgets.wanted(policies.applied, { services, shardOf })) {
      budgets.put(await countBudget(pool, project, one, now))
    }
    const byShard = Map.groupBy(budgets.all(), ({ shard }) => shard)
    let isBeyond = false
    for (const { head } of followed) {
      const ledgers = byShard.get(head.shard) ?? []
      await followBudgets(pool, project, { ledgers, head })
      await canaries.follow(pool, project, { head, shardOf })
      isBeyond ||= ledgers.some(({ upTo }) => upTo.seq > head.seq)
    }
    return !isBeyond
  }
  const follow = async (looked: HeadsLook): Promise<LiveView> => {
    // First: policies say how much of the traffic is needed.
    if (looked.log.position > position) await followLog()
    const work = workOf(looked)
    // Where one fails the others are waited for: the next look must find nothing at work.
    if (work.length > 0) await allEnded(work)
    const followed = looked.shards.map(({ shard }) => shards.get(shard)!)
    // What was counted a moment ago may be ahead of this look.
    if (!(await followCounts(followed, looked.now))) return follow(await lookAtHeads(pool, project))
    return {
      look: looked,
      heads: { log: position, metrics: followed.map((one) => one.head.seq) },
      shards: followed.map((one) => one.head),
      incidents,
      losses,
      healths,
      policies: policies.applied,
      outcomes,
      budgets,
      releases,
      canaries,
      past,
      waivers,
      *services() {
        for (const { windows } of followed) yield* windows.values()
      },
    }
  }
  let following: Promise<unknown> = Promise.resolve()
  const look = async (): Promise<LiveView> => {
    const looked = await lookAtHeads(pool, project)
    // Heads may be looked at side by side, but what is in memory is changed by one look at a time.
    const followed = following.then(() => follow(looked))
    following = followed.catch(() => {
      // Its own callers are told.
    })
    return followed
  }
  return createSharedLook(look, { atOnce: LOOKS_AT_ONCE, deadlineMs: LOOK_MS_MAX })
}

/** Resolves as `Promise.all` does, but never before all of them ended. */
async function allEnded(work: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(work)
  await Promise.all(work)
}

/**
 * Returns what changed after a position, with the position up to which it did: all from one snapshot,
 * so that a verdict never shows an incident as it became after the position that it names.
 */
async function logChanges(
  pool: Pool,
  project: ProjectId,
  after: LogPosition,
): Promise<{
  position: LogPosition
  incidents: IncidentRow[]
  policies: readonly ChangedPolicy[]
  outcomes: readonly ChangedOutcome[]
  releases: readonly ReleaseRow[]
  waivers: readonly WaiverRow[]
}> {
  // At first all that are not resolved; later all that changed, the resolved ones included.
  const { rows } = await pool.query<Record<string, unknown>>(
    `select head.position as head_position, changed.*,
       case when row_number() over () = 1 then (${POLICIES_CHANGED}) end as changed_policies,
       case when row_number() over () = 1 then (${OUTCOMES_CHANGED}) end as changed_outcomes,
       case when row_number() over () = 1 then (${RELEASES_CHANGED}) end as changed_releases,
       case when row_number() over () = 1 then (${WAIVERS_CHANGED}) end as changed_waivers
     from log_heads as head left join incident_state as changed
       on changed.project_id = head.project_id and changed.position > $2
         and ($2 >= 0 or changed.status <> 'resolved')
     where head.project_id = $1`,
    [project, after],
  )
  const [first] = rows
  return {
    position: countOf(first!, 'head_position') as LogPosition,
    incidents: rows
      .filter((record) => record['id'] !== null)
      .map((record) => incidentModel.fromRecord(record)),
    policies: (first!['changed_policies'] ?? []) as ChangedPolicy[],
    outcomes: (first!['changed_outcomes'] ?? []) as ChangedOutcome[],
    releases: rowsIn(first!['changed_releases']).map((one) => releaseModel.fromRecord(one)),
    waivers: rowsIn(first!['changed_waivers']).map((one) => waiverModel.fromRecord(one)),
  }
}

/** Rows of a table that were read as one JSON value. */
function rowsIn(value: unknown): TableRecord[] {
  return (value ?? []) as TableRecord[]
}

/** SQL for the releases of project $1 that changed after position $2. */
const RELEASES_CHANGED = `select json_agg(changed) from releases as changed
  where changed.project_id = $1 and changed.position > $2`

async function recentLosses(pool: Pool, project: ProjectId, upTo: LogPosition): Promise<LossRow[]> {
  const { rows } = await pool.query<Record<string, unknown>>(
    `select * from lost_batches where project_id = $1 and position <= $2
       and lost_until > clock_timestamp() - interval '1 hour'`,
    [project, upTo],
  )
  return rows.map((record) => lossModel.fromRecord(record))
}
