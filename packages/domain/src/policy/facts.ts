import type {
  CanaryPercentile,
  EnvironmentName,
  EpochMs,
  PolicyName,
  Role,
  RouteName,
  ServiceName,
} from '@portcullis/contracts'

import type { BudgetCounts } from '../budget/burn-rate.ts'
import type { ArmCounts, RatioEvidence } from '../statistics/rate-ratio.ts'
import type { GuardIncident } from '../verdict/inputs.ts'
import type { RouteHealth } from '../verdict/route-health.ts'
import type { Cell } from '../window/cell.ts'

/** What routes did in some time. */
export type RouteCells = ReadonlyMap<RouteName, Cell>

/** What the rules of a policy are judged by: all about one service in one environment, as of an instant. */
export interface RuleFacts {
  readonly service: ServiceName
  readonly environment: EnvironmentName
  readonly asOf: EpochMs
  /** What routes did in a window of at most 15 minutes that ends now, of all versions together. */
  readonly cellsOver: (windowMs: number) => RouteCells
  /** The last minute of every route, judged. */
  readonly routes: readonly RouteHealth[]
  /** Those of the service that are not resolved. */
  readonly incidents: readonly GuardIncident[]
  /** An objective's budget; null where nothing was counted for it yet. */
  readonly budgetOf: (slo: PolicyName) => BudgetFacts | null
  /** What routes did in a window that ended so long ago; null where that is not kept. */
  readonly before: (agoMs: number, windowMs: number) => RouteCells | null
  /** Whether the run of the release that is asked about is over: it is a baseline, and no canary. */
  readonly isFinished: boolean
  /** The comparison of two versions that run side by side, as a rule wants it; null where only one does. */
  readonly canaryOf: (test: CanaryTest) => CanaryFacts | null
  /** Those that cover the release at an instant. */
  readonly freezesAt: (at: EpochMs) => readonly ActiveFreeze[]
  /** Of this release, each person's last. */
  readonly approvals: readonly Approval[]
  /** Routes of the services whose names match, in the same environment. */
  readonly routesOf: (pattern: string) => readonly RouteHealth[]
  /** Since when every other rule of the policy has passed; null where one does not. */
  readonly passingSince: EpochMs | null
}

export interface BudgetFacts {
  /** A share, below 1. */
  readonly objective: number
  readonly periodMs: number
  /** Of the whole period, in the unit in which the objective counts. */
  readonly period: BudgetCounts
  /** What was counted in a window that ends now. */
  readonly countsOver: (windowMs: number) => BudgetCounts
  /** The same at a later instant, if from now on all were well. */
  readonly at: (later: EpochMs) => BudgetFacts
}

/** What a rule asks of the comparison of two versions. */
export interface CanaryTest {
  readonly harmfulRatio: number
  /** Requests are slow that take longer than this percentile of the baseline. */
  readonly percentile: CanaryPercentile
}

export interface CanaryFacts {
  /** Of those that the canary served. */
  readonly byRoute: ReadonlyMap<RouteName, CanaryRoute>
  /** Of all routes together. */
  readonly dispersions: Readonly<Record<CanaryMeasure, Dispersions>>
  /** Routes that the baseline serves so much that the canary, by its share of the traffic, should have been asked for them. */
  readonly missing: readonly RouteName[]
  /** How long the canary has had no request, where that is longer than chance explains; null where it is not. */
  readonly silentMs: number | null
}

/** What is compared: requests with 5xx, or requests slower than the baseline's own percentile. */
export type CanaryMeasure = 'errors' | 'latency'

export type CanaryRoute = Readonly<Record<CanaryMeasure, CanaryComparison>>

/** What came together since the release began. */
export interface CanaryComparison {
  /** With what runs beside it, with the same service before the release, or first the one and then the other. */
  readonly against: 'beside' | 'before' | 'both'
  readonly canary: ArmCounts
  readonly baseline: ArmCounts
  readonly dispersions: Dispersions
  readonly evidence: CanaryEvidence
}

/** What the buckets say in which both ran, and those in which the canary was alone. */
export interface CanaryEvidence {
  readonly beside: RatioEvidence
  readonly before: RatioEvidence
}

/** By what either evidence is divided: what varies in time misleads only where times are compared. */
export interface Dispersions {
  readonly beside: number
  readonly before: number
}

export interface ActiveFreeze {
  readonly name: PolicyName
  readonly reason: string
  readonly until: EpochMs
}

export interface Approval {
  readonly role: Role
  readonly at: EpochMs
}
