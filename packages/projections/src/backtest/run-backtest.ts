import type {
  DomainEvent,
  EnvironmentName,
  EpochMs,
  RecordedEvent,
  RecordedPolicy,
  ServiceName,
} from '@portcullis/contracts'
import { plusMs } from '@portcullis/contracts'
import {
  type AppliedPolicies,
  type GuardParameters,
  type GuardQuestion,
  type IncidentSpan,
  recordPolicy,
  type ReleaseScore,
  scoreReleases,
  Track,
  type TrackSummary,
  type TriedRelease,
  type Verdict,
  verdict,
} from '@portcullis/domain'
import { type Db, readTypeBetween } from '@portcullis/event-log'

import { budgetsOfRules, limitBinsOf, looksElsewhere } from '../live/rule-needs.ts'
import { verdictInputs, type Trust } from '../live/verdict-inputs.ts'
import type { NoPast } from '../past/log-then.ts'
import type { PastParts } from '../past/past-view.ts'
import { inForwardRange } from './forward-range.ts'
import { type ForwardRange, ForwardViews, type Trial } from './forward-views.ts'
import { IncidentSpans } from './incident-spans.ts'

/** What is tried, and on which past. */
export interface BacktestAsked {
  /** Null: the question is about all services of the environment. */
  readonly service: ServiceName | null
  readonly environment: EnvironmentName
  readonly from: EpochMs
  /** The end; no verdict is asked at it. */
  readonly to: EpochMs
  /** From one verdict to the next. */
  readonly stepMs: number
  /** Sets of policies, each tried by itself. */
  readonly policies: readonly AppliedPolicies[]
  readonly guard: GuardParameters
  /** An incident that opens so long after a release counts as one that followed it. */
  readonly horizonMs: number
}

/** What one set of policies would have said. */
export interface BacktestTrial {
  readonly track: TrackSummary
  readonly score: ReleaseScore
}

/** What became of a backtest. */
export interface Backtest {
  readonly precision: ForwardRange['precision']
  /** In the order of the policies. */
  readonly trials: readonly BacktestTrial[]
  /** Incidents that opened in the time. */
  readonly incidents: readonly IncidentSpan[]
}

/**
 * Asks for a verdict at one instant after another of the past, by policies that are tried, and for one at every release that
 * happened; compares the latter with the incidents that followed. The verdicts are those that live views would have given,
 * but for what is in no log (`pastView`), and `healthy_for` that looks at these verdicts themselves.
 */
export async function backtest(parts: PastParts, asked: BacktestAsked): Promise<Backtest | NoPast> {
  const service = asked.policies.some((one) => needsOthers(one, asked)) ? null : asked.service
  return inForwardRange(parts, { ...asked, service }, (tx, range) =>
    run(tx, parts, { asked, range }),
  )
}

/** Whether the traffic of other services counts, too. Budgets are counted from what goes by. */
function needsOthers(
  applied: AppliedPolicies,
  { service, environment }: Pick<BacktestAsked, 'service' | 'environment'>,
): boolean {
  if (looksElsewhere(applied, environment)) return true
  const named = budgetsOfRules(applied)
  return [...applied.values()].some(({ document }) => {
    if (document.kind !== 'Slo' || !named.has(document.metadata.name)) return false
    return document.spec.service !== service
  })
}

interface Running {
  readonly asked: BacktestAsked
  readonly range: ForwardRange
}

async function run(tx: Db, parts: PastParts, { asked, range }: Running): Promise<Backtest> {
  const { service, environment, from, to, stepMs, horizonMs } = asked
  const incidents = new IncidentSpans(to)
  const { policies } = asked
  const views = await ForwardViews.open(tx, parts, {
    range,
    policies,
    limits: limitBinsOf(policies),
  })
  const judge = judgeOf(parts, { views, asked })
  const tracks = views.trials.map(() => new Track())
  const tried: TriedRelease[][] = views.trials.map(() => [])
  const advance = async (at: EpochMs): Promise<void> => {
    for (const event of await views.advanceTo(at)) incidents.fold(event)
  }
  const tryRelease = async ({ recordedAt: at, data }: Announced): Promise<void> => {
    await advance(at)
    for (const [nth, trial] of views.trials.entries()) {
      const { pass, violations } = judge(trial, data.service, at)
      const reasons = [...new Set(violations.map(({ reason }) => reason))]
      const { service: of, version } = data
      tried[nth]!.push({ service: of, environment, version, at, isHeld: !pass, reasons })
    }
  }
  const releases = await announcedIn(tx, parts, { asked, range })
  for (let at = from; at < to; at = plusMs(at, stepMs)) {
    while (releases.length > 0 && releases[0]!.recordedAt <= at) await tryRelease(releases.shift()!)
    await advance(at)
    for (const [nth, trial] of views.trials.entries()) {
      const found = judge(trial, service, at)
      note(trial, found)
      tracks[nth]!.add(found, Math.min(stepMs, to - at))
    }
  }
  for (const release of releases) await tryRelease(release)
  await advance(to)
  await views.close()
  const opened = incidents.of({ service, environment })
  return {
    precision: range.precision,
    trials: tracks.map((track, nth) => ({
      track: track.summary(),
      score: scoreReleases(tried[nth]!, opened, horizonMs),
    })),
    incidents: opened,
  }
}

type Announced = RecordedEvent<Extract<DomainEvent, { type: 'release.announced' }>>

/** Returns the releases that went live in the time, in their order. */
async function announcedIn(
  tx: Db,
  { project }: PastParts,
  { asked: { service, environment }, range: { positions } }: Running,
): Promise<Announced[]> {
  const range = { type: 'release.announced' as const, after: positions.from }
  const all = await readTypeBetween(tx, project, { ...range, through: positions.through })
  return all.filter(({ data }) => {
    return data.environment === environment && (service === null || data.service === service)
  })
}

type Judge = (trial: Trial, service: ServiceName | null, at: EpochMs) => Verdict

function judgeOf(
  { shardOf, judgement }: PastParts,
  {
    views,
    asked: { environment, guard },
  }: { readonly views: ForwardViews; readonly asked: BacktestAsked },
): Judge {
  // What made it stale then is in no log.
  const trust: Trust = { behindMs: Infinity, shardOf, backlogMsOf: () => 0 }
  return (trial, service, asOf) => {
    const question: GuardQuestion = { service, environment, version: null, release: null, guard }
    const inputs = verdictInputs(views.viewOf(trial), question, { asOf, trust, judgement })
    return verdict(inputs, question, asOf)
  }
}

/** Records what policies said, as a change of a verdict does: rules ask since when others have passed. */
function note(
  { outcomes, said }: Trial,
  { env: environment, policies, as_of: asOf }: Verdict,
): void {
  for (const [service, ofOne] of Map.groupBy(policies, (one) => one.service)) {
    const before = said.get(service) ?? []
    const now: RecordedPolicy[] = ofOne.map((one) => {
      return recordPolicy(
        one,
        before.find(({ policy }) => policy === one.policy),
        asOf,
      )
    })
    said.set(service, now)
    outcomes.note([{ service, environment, policies: now }])
  }
}
