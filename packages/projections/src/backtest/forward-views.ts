import {
  type EnvironmentName,
  type EpochMs,
  type LogPosition,
  MINUTE_MS,
  minuteStartOf,
  plusMs,
  type RecordedEvent,
  type RecordedPolicy,
  SECOND_MS,
  type ServiceName,
  type ShardSeq,
} from '@portcullis/contracts'
import {
  type AppliedPolicies,
  type BucketCells,
  type LimitBins,
  MinuteCounts,
  minutesLookedAt,
  type Shrink,
  thinBucket,
} from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { countCells, countMinutes } from '../live/count-budgets.ts'
import type { BudgetLedger } from '../live/live-budgets.ts'
import { LiveCounts } from '../live/live-counts.ts'
import { LiveOutcomes } from '../live/live-outcomes.ts'
import { keptSince } from '../live/live-traffic.ts'
import type { LiveView } from '../live/live-view.ts'
import { createRouteHealths, type RouteHealths } from '../live/route-health.ts'
import { budgetsOfRules, wantedCanaries, wantedPast } from '../live/rule-needs.ts'
import { countBudgetAt } from '../past/budgets-at.ts'
import type { PastShard } from '../past/heads-at.ts'
import type { PastParts } from '../past/past-view.ts'
import type { ShardHead } from '../traffic/batches.ts'
import { adoptInto, slideWindows, type Windows } from '../traffic/windows.ts'
import { ForwardLog } from './forward-log.ts'
import { ForwardPast } from './forward-past.ts'
import { ForwardSums } from './forward-sums.ts'
import { type ForwardBatch, type ForwardTraffic, trafficFromBatches } from './forward-traffic.ts'
import { trafficFromMinutes } from './minutes-as-batches.ts'

/** Which past is gone through. */
export interface ForwardRange {
  /** Whose traffic counts; null: that of all services. */
  readonly service: ServiceName | null
  readonly environment: EnvironmentName
  /** The first instant, and the last. */
  readonly from: EpochMs
  readonly to: EpochMs
  /** Where the log ended at these instants. */
  readonly positions: { readonly from: LogPosition; readonly through: LogPosition }
  /** As they stood at the first instant, and at the last one. */
  readonly shards: { readonly from: readonly PastShard[]; readonly to: readonly PastShard[] }
  /** From batches, or from stored minutes. */
  readonly precision: 'exact' | 'minute'
}

/** Policies that are tried, and what is counted and recorded for them on the way. */
export interface Trial {
  readonly applied: AppliedPolicies
  readonly outcomes: LiveOutcomes
  /** What was noted of it last, by service. */
  readonly said: Map<ServiceName, readonly RecordedPolicy[]>
  readonly counts: LiveCounts
}

interface ToOpen {
  readonly range: ForwardRange
  readonly policies: readonly AppliedPolicies[]
  readonly limits: LimitBins | null
}

interface Opened extends Pick<ToOpen, 'limits'> {
  readonly log: ForwardLog
  readonly traffic: ForwardTraffic
  readonly trials: readonly Trial[]
}

/**
 * What was known at one instant after another, moved forward by the folds of live views. Late requests count from when they
 * came; from minutes, as if each had been known at its end.
 */
export class ForwardViews {
  readonly #parts: PastParts
  readonly #db: Db
  readonly #range: ForwardRange
  readonly #log: ForwardLog
  readonly #past: ForwardPast
  readonly #traffic: ForwardTraffic
  readonly #trials: readonly Trial[]
  readonly #heads: ShardHead[]
  readonly #windows: Windows = new Map()
  readonly #shrink: Shrink | undefined
  readonly #sums: ForwardSums | null
  #next: ForwardBatch | undefined
  #now: EpochMs
  #healths: RouteHealths
  #isBegun = false

  private constructor(
    { db, parts, range }: { db: Db; parts: PastParts; range: ForwardRange },
    { log, traffic, trials, limits }: Opened,
  ) {
    this.#db = db
    this.#parts = parts
    this.#range = range
    this.#log = log
    this.#past = new ForwardPast(db, parts.project)
    this.#traffic = traffic
    this.#trials = trials
    this.#shrink = limits === null ? undefined : shrinkFor(limits)
    this.#sums = limits === null ? null : new ForwardSums(limits)
    this.#heads = range.shards.from.map(({ head }) => ({ ...head, seq: 0 as ShardSeq }))
    this.#now = range.from
    this.#healths = createRouteHealths(parts.judgement)
  }

  /** Opens the past for some sets of policies, and for whoever counts requests above `limits`, or null: looks at all bins. */
  static async open(
    db: Db,
    parts: PastParts,
    { range, policies, limits }: ToOpen,
  ): Promise<ForwardViews> {
    const log = await ForwardLog.open(db, parts.project, range.positions)
    const trials = await Promise.all(
      policies.map((one) => trialOf(db, parts, { range, applied: one })),
    )
    const opened = new ForwardViews(
      { db, parts, range },
      { log, trials, limits, traffic: trafficOf(db, parts, range) },
    )
    await opened.#step()
    return opened
  }

  get trials(): readonly Trial[] {
    return this.#trials
  }

  /** Moves on to an instant, and returns what happened until then. */
  async advanceTo(now: EpochMs): Promise<readonly RecordedEvent[]> {
    const events = await this.#log.advanceTo(now)
    // A release may have begun, or ended.
    if (events.length > 0 || !this.#isBegun) await this.#followCanaries()
    this.#isBegun = true
    while (this.#next !== undefined && this.#next.recordedAt <= now) {
      this.#fold(this.#next)
      await this.#step()
    }
    this.#sums?.slideTo(this.#windows, now)
    slideWindows(this.#windows, now, undefined, this.#shrink)
    this.#now = now
    this.#healths = createRouteHealths(this.#parts.judgement)
    for (const { applied, counts } of this.#trials) {
      for (const asked of wantedPast(applied, this.#windows.values())) {
        const kept = { minute: minuteStartOf(now), cells: await this.#past.of(asked, now) }
        counts.past.put(asked, kept)
      }
    }
    return events
  }

  /** Returns what is known at the instant, as policies see it that are tried. */
  viewOf({ applied, outcomes, counts }: Trial): LiveView {
    const { log } = this.#log
    const { position } = log
    const services = [...this.#windows.values()]
    const sums = this.#sums
    const now = this.#now
    return {
      ...(sums === null ? {} : { cellsOver: (one, windowMs) => sums.of(one, now, windowMs) }),
      look: {
        now: this.#now,
        log: { position, recordedAt: this.#now },
        shards: this.#heads,
        aggregatorBeatAt: this.#now,
        parked: [],
      },
      heads: { log: position, metrics: [] },
      shards: this.#heads,
      log: { ...log, outcomes },
      counts,
      policies: applied,
      healths: this.#healths,
      services: () => services,
    }
  }

  /** Ends all reading. */
  async close(): Promise<void> {
    await this.#traffic.return(undefined)
    await this.#log.close()
  }

  /** Begins to compare releases that run beside others since the log moved. */
  async #followCanaries(): Promise<void> {
    // Of minutes, nothing tells which requests came first.
    if (this.#range.precision === 'minute') return
    for (const trial of this.#trials) await this.#followCanariesOf(trial)
  }

  async #followCanariesOf({ applied, counts }: Trial): Promise<void> {
    const { project, shardOf } = this.#parts
    counts.canaries.want(wantedCanaries(applied, this.#log.log.releases))
    for (const head of this.#heads)
      await counts.canaries.follow(this.#db, project, { head, shardOf })
  }

  #fold(one: ForwardBatch): void {
    adoptInto(this.#windows, one)
    this.#sums?.fold(one)
    const isCounted = this.#isCountedAtFirst(one)
    for (const { counts } of this.#trials) {
      for (const ledger of counts.budgets.all()) {
        const { service, environment } = ledger.scope
        if (isCounted || one.service !== service || one.environment !== environment) continue
        countCells(ledger, one.cells)
      }
      if (one.batch !== null) counts.canaries.take(one.batch)
    }
    if (one.batch === null) return
    const { seq, recordedAt } = one.batch
    this.#heads[one.shard] = { shard: one.shard, seq, recordedAt }
  }

  /** Whether budgets had it when the first instant was opened. */
  #isCountedAtFirst({ batch, shard, recordedAt }: ForwardBatch): boolean {
    if (batch === null) return recordedAt <= this.#range.from
    return batch.seq <= this.#range.shards.from[shard]!.head.seq
  }

  async #step(): Promise<void> {
    const { done, value } = await this.#traffic.next()
    this.#next = done === true ? undefined : value
  }
}

/** Buckets of which the limits are known are kept as thin as these allow. */
function shrinkFor(limits: LimitBins): Shrink {
  const thin = new WeakSet<BucketCells>()
  return (bucket) => {
    if (thin.has(bucket)) return bucket
    thin.add(bucket)
    return thinBucket(bucket, limits)
  }
}

function trafficOf(db: Db, { project, shardOf }: PastParts, range: ForwardRange): ForwardTraffic {
  const { service, environment, to } = range
  const asked = { service, environment, from: keptSince(range.from), to }
  if (range.precision === 'minute')
    return trafficFromMinutes(db, project, { range: asked, shardOf })
  const heads = range.shards.to
    .map(({ head }) => head)
    .filter(({ shard }) => service === null || shard === shardOf(service))
  return trafficFromBatches(db, project, { heads, range: asked })
}

async function trialOf(
  db: Db,
  { project, shardOf }: PastParts,
  { range, applied }: { readonly range: ForwardRange; readonly applied: AppliedPolicies },
): Promise<Trial> {
  const { environment, from, shards, precision } = range
  const counts = new LiveCounts()
  const named = budgetsOfRules(applied)
  const services = [...applied.values()].flatMap(({ document }) =>
    document.kind === 'Slo' ? [{ service: document.spec.service, environment }] : [],
  )
  for (const wanted of counts.budgets.wanted(applied, { services, shardOf })) {
    if (!named.has(wanted.name)) continue
    const { head, keptSince: kept } = shards.from[wanted.shard]!
    counts.budgets.put(
      precision === 'exact'
        ? await countBudgetAt(db, project, wanted, { head, asOf: from, isKept: kept <= from })
        : await countedByMinutes(db, project, { wanted, asOf: endedBy(from), head }),
    )
  }
  return { applied, outcomes: new LiveOutcomes(), said: new Map(), counts }
}

/** The start of the last minute that traffic of minutes has before an instant. */
function endedBy(asOf: EpochMs): EpochMs {
  return plusMs(minuteStartOf(plusMs(asOf, SECOND_MS)), -MINUTE_MS)
}

async function countedByMinutes(
  db: Db,
  project: Parameters<typeof countMinutes>[1],
  {
    wanted,
    asOf,
    head,
  }: {
    readonly wanted: Parameters<typeof countBudgetAt>[2]
    readonly asOf: EpochMs
    readonly head: ShardHead
  },
): Promise<BudgetLedger> {
  const counts = new MinuteCounts(minutesLookedAt(wanted.spec), asOf)
  await countMinutes(db, project, { wanted, counts, until: asOf })
  return { ...wanted, counts, upTo: head }
}
