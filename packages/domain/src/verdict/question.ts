import type { EnvironmentName, ServiceName, VersionName } from '@portcullis/contracts'

/** The parameters of the release guard, by the names under which a verdict shows them. */
export interface GuardParameters {
  /** Warnings do not block. */
  readonly allow_warn: boolean
  /** A critical `p95_regress` blocks. */
  readonly check_regress: boolean
  /** Routes with fewer requests in a minute are not considered. */
  readonly min_samples: number
  /** Percent of 5xx in a minute from which a route blocks without an alarm. */
  readonly hard_error_pct: number
  /** Incidents count that were first seen within so many minutes. */
  readonly lookback_min: number
  /** An incident counts from this escalation level on. */
  readonly min_esc_level: number
  /** Warning incidents count too. */
  readonly include_warning: boolean
}

/** The first system's defaults (docs/settings.md). */
export const DEFAULT_GUARD_PARAMETERS: GuardParameters = {
  allow_warn: true,
  check_regress: false,
  min_samples: 5,
  hard_error_pct: 20,
  lookback_min: 10,
  min_esc_level: 1,
  include_warning: false,
}

/** What is asked: may this be released there, now? */
export interface GuardQuestion {
  /** Null asks for all services of the environment. */
  readonly service: ServiceName | null
  readonly environment: EnvironmentName
  /** The one version whose routes were looked at; null for all of them together. */
  readonly version: VersionName | null
  /** What the verdict shows as `release`. */
  readonly release: string | null
  readonly guard: GuardParameters
}

/** Returns the services that a question is about: the one, or all that were heard of. */
export function servicesAsked(
  { service }: Pick<GuardQuestion, 'service'>,
  { services }: { readonly services: readonly ServiceName[] },
): readonly ServiceName[] {
  return service === null ? services : [service]
}

/** Whether something of a service and environment, or of all where it is null, was asked for. */
export function concerns(
  of: { readonly service: ServiceName | null; readonly environment: EnvironmentName | null },
  asked: Pick<GuardQuestion, 'service' | 'environment'>,
): boolean {
  if (of.environment !== null && of.environment !== asked.environment) return false
  return of.service === null || asked.service === null || of.service === asked.service
}

/** The guard's parameters as an installation writes them. */
export interface WrittenGuardParameters {
  readonly allowWarn: boolean
  readonly checkRegress: boolean
  readonly minSamples: number
  readonly hardErrorPct: number
  readonly lookbackMin: number
  readonly minEscLevel: number
  readonly includeWarning: boolean
}

/** Returns what an installation wrote under the names that verdicts show. */
export function guardParametersFrom(written: WrittenGuardParameters): GuardParameters {
  return {
    allow_warn: written.allowWarn,
    check_regress: written.checkRegress,
    min_samples: written.minSamples,
    hard_error_pct: written.hardErrorPct,
    lookback_min: written.lookbackMin,
    min_esc_level: written.minEscLevel,
    include_warning: written.includeWarning,
  }
}
