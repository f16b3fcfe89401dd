import { earliest, type EpochMs, latest, plusMs } from '@portcullis/contracts'

import type { OpenIncident } from '../incident/state.ts'
import type { EscalationSettings } from './settings.ts'

/** What the due time of an open incident depends on. */
export type EscalationFacts = Pick<
  OpenIncident,
  'severity' | 'escalationLevel' | 'firstSeen' | 'escalatedAt' | 'snoozedUntil'
>

/**
 * Returns when the next escalation of an open incident is due, or null beyond the highest level:
 * `first_seen + SLA × (level + 1)`, not sooner than the cooldown after the last escalation, and not
 * before a snooze ends. `first_seen` is that of the opening, so a recurrence starts afresh.
 */
export function escalationDueAt(
  incident: EscalationFacts,
  settings: EscalationSettings,
): EpochMs | null {
  const { firstSeen, severity, escalationLevel } = incident
  if (escalationLevel >= settings.levelMax) return null
  const bySla = plusMs(firstSeen, settings.ackWithinMs[severity] * (escalationLevel + 1))
  return notTooSoon(bySla, incident, settings)
}

/** 9999-12-31T23:59:59.999Z. SQL may name it, and nothing later can be written down. */
const LAST_STORED_INSTANT = 253_402_300_799_999 as EpochMs

/** Returns `dueAt`, or the instant until which the cooldown or a snooze keeps an escalation back. */
export function notTooSoon(
  dueAt: EpochMs,
  { escalatedAt, snoozedUntil }: Pick<EscalationFacts, 'escalatedAt' | 'snoozedUntil'>,
  settings: EscalationSettings,
): EpochMs {
  const cooled = escalatedAt === null ? dueAt : plusMs(escalatedAt, settings.cooldownMs)
  return earliest(latest(latest(dueAt, cooled), snoozedUntil ?? dueAt), LAST_STORED_INSTANT)
}
