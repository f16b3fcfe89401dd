import { z } from 'zod'

import { AlarmScope, Evidence, Severity } from '../scope.ts'
import { EpochMs } from '../time.ts'

/** What can happen to the alarm of one route and kind, by event type; each at schema version 1. */
export const alarmEvents = {
  'alarm.raised': z.strictObject({
    scope: AlarmScope,
    severity: Severity,
    since: EpochMs,
    evidence: Evidence,
  }),
  'alarm.severity_changed': z.strictObject({ severity: Severity, evidence: Evidence }),
  /** The route fell silent: nothing is known any more, and nothing is resolved by that. */
  'alarm.no_data': z.strictObject({ at: EpochMs }),
  /** Healthy evidence was seen (at least `min_samples`); an incident resolves 5 healthy minutes later. */
  'alarm.cleared': z.strictObject({ at: EpochMs, evidence: Evidence }),
} as const
