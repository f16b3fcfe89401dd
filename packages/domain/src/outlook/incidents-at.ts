import { type EpochMs, MINUTE_MS, ROUTE_ALARM_KINDS } from '@portcullis/contracts'

import { RESOLVE_AFTER_HEALTHY_MS } from '../incident/follow-alarm.ts'
import type { GuardIncident } from '../verdict/inputs.ts'

/** An alarm is gone once its minute is, and its incident when the alarm was gone for so long. */
const RESOLVED_AFTER_MS = MINUTE_MS + RESOLVE_AFTER_HEALTHY_MS

/**
 * Returns the incidents that would not be resolved at a later instant if from now on all were well. One whose alarm is gone
 * already is resolved sooner than this says; one that a person opened waits for a person.
 */
export function incidentsAt(
  incidents: readonly GuardIncident[],
  asOf: EpochMs,
  later: EpochMs,
): readonly GuardIncident[] {
  if (later - asOf < RESOLVED_AFTER_MS) return incidents
  return incidents.filter(({ scope }) => !ROUTE_ALARM_KINDS.some((kind) => kind === scope.kind))
}
