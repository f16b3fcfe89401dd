import { type EpochMs, plusMs } from '@portcullis/contracts'

import type { IncidentState } from '../incident/state.ts'
import { isInCanary } from './canary.ts'
import { notTooSoon } from './due-time.ts'
import type { EscalationSettings } from './settings.ts'

/** What an escalation is judged by, beside the incident. */
export interface EscalationContext {
  readonly now: EpochMs
  readonly settings: EscalationSettings
  /** Whether escalation pauses at this minute (`ESC_PAUSE_CRON`). */
  readonly paused: boolean
}

/** Why an escalation that is due does not happen now. */
export type HoldReason = 'dry_run' | 'paused' | 'outside_canary'

/** What is to be done about the escalation of one incident at one instant. */
export type EscalationStep =
  | { readonly step: 'escalate'; readonly level: number }
  /** It is due, but is held back; to be looked at again at `until`. */
  | {
      readonly step: 'hold'
      readonly level: number
      readonly why: HoldReason
      readonly until: EpochMs
    }
  | { readonly step: 'wait'; readonly until: EpochMs }
  | {
      readonly step: 'none'
      readonly why: 'acknowledged' | 'resolved' | 'max_level' | 'no_due_time'
    }

/**
 * Returns the step that an incident takes at `now`: one level at a time, however late it is.
 *
 * A step is identified by (incident, opening, level). Timers carry no identity: a timer that fires
 * twice, late, or after a restart finds the level already raised and the due time moved.
 * Being held changes nothing in the incident, so that its due time stays what it is while
 * escalation is paused, on trial or for a share of the keys only.
 */
export function escalationStep(
  incident: IncidentState,
  { now, settings, paused }: EscalationContext,
): EscalationStep {
  if (incident.status !== 'open') return { step: 'none', why: incident.status }
  if (incident.escalationLevel >= settings.levelMax) return { step: 'none', why: 'max_level' }
  if (incident.nextDueAt === null) return { step: 'none', why: 'no_due_time' }
  const dueAt = notTooSoon(incident.nextDueAt, incident, settings)
  if (now < dueAt) return { step: 'wait', until: dueAt }
  const level = incident.escalationLevel + 1
  const why = holdReasonOf(incident, settings, paused)
  if (why === null) return { step: 'escalate', level }
  return { step: 'hold', level, why, until: plusMs(now, settings.tickMs) }
}

function holdReasonOf(
  { scope }: IncidentState,
  { dryRun, canaryPercent }: EscalationSettings,
  paused: boolean,
): HoldReason | null {
  if (!isInCanary(scope, canaryPercent)) return 'outside_canary'
  if (paused) return 'paused'
  return dryRun ? 'dry_run' : null
}
