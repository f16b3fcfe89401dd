import type {
  AlarmScope,
  EnvironmentName,
  EpochMs,
  Evidence,
  Heads,
  IncidentId,
  Labels,
  ReleasePolicy,
  ServiceName,
  Severity,
} from '@portcullis/contracts'

import type { AppliedPolicy } from '../policy/applied/state.ts'
import type { ActiveFreeze, RuleFacts } from '../policy/facts.ts'
import type { ActiveWaiver } from '../waiver/state.ts'
import type { RouteHealth } from './route-health.ts'

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
  /** From when on it is no longer so, if nothing else happens; left out where somebody must do something. */
  readonly until?: EpochMs
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
  /** Null where neither a policy nor a freeze is in force: the default policy decides. */
  readonly governance: Governance | null
  /** Those that let something through now. */
  readonly waivers: readonly ActiveWaiver[]
}

/** A release policy that is in force. */
export type AppliedReleasePolicy = AppliedPolicy & { readonly document: ReleasePolicy }

/** What policies decide by. */
export interface Governance {
  readonly policies: readonly AppliedReleasePolicy[]
  /** The services of the environment that were heard of. */
  readonly services: readonly ServiceName[]
  /** Labels of what is to be released. */
  readonly labelsOf: (service: ServiceName) => Labels
  /** All that a policy's rules look at; null where the store cannot be reached. */
  readonly factsOf: (service: ServiceName, policy: AppliedReleasePolicy) => RuleFacts | null
  /** The freezes that cover what is to be released of a service, at an instant. */
  readonly freezesAt: (service: ServiceName, at: EpochMs) => readonly ActiveFreeze[]
}
