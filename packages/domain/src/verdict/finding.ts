import type { Evidence, RouteName, ServiceName } from '@portcullis/contracts'

/**
 * Why a verdict blocks, or warns, in the order in which a route's are listed. Never renamed or used
 * again.
 */
export const REASONS = [
  'stale_data',
  'no_data',
  'error_rate_critical',
  'hard_error_threshold',
  'slo_violation',
  'p95_regression_critical',
  'warning_alarm',
  'incident_open',
  'incident_outside_lookback',
] as const
export type Reason = (typeof REASONS)[number]

/** A violation or a warning. */
export interface Finding {
  readonly reason: Reason
  /** Null where it is about all services. */
  readonly service: ServiceName | null
  /** Null where it is about no single route. */
  readonly route: RouteName | null
  readonly evidence: Evidence
}

const RANKS = new Map(REASONS.map((reason, rank) => [reason, rank]))

/**
 * Sorts findings in place, and returns them: by service, route, reason, incident, and then by what
 * their evidence says. So their order does not depend on that of the inputs.
 */
export function inOrder(findings: Finding[]): Finding[] {
  return findings.sort(
    (a, b) =>
      byText(a.service ?? '', b.service ?? '') ||
      byText(a.route ?? '', b.route ?? '') ||
      RANKS.get(a.reason)! - RANKS.get(b.reason)! ||
      byText(incidentOf(a), incidentOf(b)) ||
      byText(JSON.stringify(a.evidence), JSON.stringify(b.evidence)),
  )
}

function incidentOf({ evidence }: Finding): string {
  return String(evidence['incident_id'] ?? '')
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
