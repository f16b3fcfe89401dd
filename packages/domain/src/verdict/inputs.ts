import type {
  AlarmScope,
  EnvironmentName,
  EpochMs,
  Evidence,
  Heads,
  IncidentId,
  RouteScope,
  ServiceName,
  Severity,
} from '@portcullis/contracts'

import type { RouteEvaluation } from '../alarm/evaluate.ts'

/**
 * The health of a route as of an instant. To evaluate a route costs 100 times as much as to read its
 * evaluation here: callers keep it as long as neither the heads nor the second change.
 */
export interface RouteHealth {
  readonly scope: RouteScope
  readonly evaluation: RouteEvaluation
}

/** What a verdict wants to know of an incident. */
export interface GuardIncident {
  readonly id: IncidentId
  readonly scope: AlarmScope
  readonly status: 'open' | 'acknowledged' | 'resolved'
  readonly severity: Severity
  readonly escalationLevel: number
  readonly firstSeen: EpochMs
}

/** Why what is known may be older, or less, than what happened. */
export type StaleCause =
  /** Batches wait longer than they may. */
  | 'behind'
  /** Nobody folds. */
  | 'no_aggregator'
  /** A batch could not be folded, and waits for a person. */
  | 'parked_batch'
  /** The queue lost batches of the last minutes. */
  | 'incomplete_window'
  | 'store_unavailable'

export interface StaleFact {
  readonly cause: StaleCause
  /** The one service or environment that it is about; null where it is about all. */
  readonly service: ServiceName | null
  readonly environment: EnvironmentName | null
  readonly evidence: Evidence
}

/** All that a verdict depends on, beside the question and the instant; in any order. */
export interface VerdictInputs {
  /** Every route that was seen in the last 15 minutes. */
  readonly routes: readonly RouteHealth[]
  readonly incidents: readonly GuardIncident[]
  readonly stale: readonly StaleFact[]
  /** From where it was read; null where the store cannot be reached. */
  readonly heads: Heads | null
  /** Age of the newest thing that was folded; null where nothing ever was. */
  readonly freshnessMs: number | null
}
