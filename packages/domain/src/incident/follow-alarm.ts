import {
  type AlarmScope,
  type EpochMs,
  type Evidence,
  type IncidentEvent,
  latest,
  MINUTE_MS,
  type PrincipalId,
  type Severity,
} from '@portcullis/contracts'

import { dueAtWhileOpen, type IncidentContext, openingOf } from './consequences.ts'
import type { IncidentState } from './state.ts'

/** A standing alarm refreshes its incident no more often than this. */
export const REFRESH_MS_MIN = MINUTE_MS

/** Healthy evidence resolves an incident when it has lasted this long. */
export const RESOLVE_AFTER_HEALTHY_MS = 5 * MINUTE_MS

/**
 * How long a resolution is believed while the alarm that stood then still stands. Its window has to
 * slide past what was mended, so the alarm outlives its cause by a minute or more.
 */
export const RESOLUTION_GRACE_MS = 5 * MINUTE_MS

/** What an alarm tells its incident. */
export type AlarmSignal =
  | {
      /** `alarm_standing` is the alarm looked at again, unchanged. */
      readonly type: 'alarm_raised' | 'alarm_severity_changed' | 'alarm_standing'
      readonly scope: AlarmScope
      readonly severity: Severity
      readonly evidence: Evidence
      readonly owner: PrincipalId | null
      readonly hint: string | null
    }
  /** The evidence is healthy, and has been without a break since `since`; silence is a break. */
  | { readonly type: 'alarm_healthy'; readonly since: EpochMs }

type Firing = Exclude<AlarmSignal, { type: 'alarm_healthy' }>

/**
 * Returns what an alarm does to its incident, most often nothing: a standing alarm may be shown
 * here at every look.
 *
 * - Without an open incident it opens one: a first opening, or a recurrence. After a resolution
 *   while the alarm stood, the same alarm opens only when it outlives the grace; one that is raised
 *   anew, or becomes critical, opens at once.
 * - An open or acknowledged incident is refreshed at most once a minute, and at once when the alarm
 *   makes it worse; only that notifies. No alarm makes it better before it is resolved: a rate that
 *   swings around the higher threshold pages once. A severity that a person chose stays until the
 *   alarm is raised anew, or becomes worse itself.
 * - Healthy evidence for five minutes, counted from when the trouble was last seen, resolves it.
 */
export function decideAlarmSignal(
  signal: AlarmSignal,
  incident: IncidentState | undefined,
  context: IncidentContext,
): readonly IncidentEvent[] {
  if (signal.type === 'alarm_healthy') return resolveHealthy(signal.since, incident, context)
  if (incident === undefined) return [recurrence(signal, incident, context)]
  if (incident.status === 'resolved') {
    return isResolutionBelieved(signal, incident, context.now)
      ? []
      : [recurrence(signal, incident, context)]
  }
  return refresh(signal, incident, context)
}

function resolveHealthy(
  since: EpochMs,
  incident: IncidentState | undefined,
  { now, channels }: IncidentContext,
): readonly IncidentEvent[] {
  if (incident === undefined || incident.status === 'resolved') return []
  if (now - latest(since, incident.lastSeen) < RESOLVE_AFTER_HEALTHY_MS) return []
  const data = { reason: 'healthy' as const, at: now, note: null, notify: [...channels] }
  return [{ type: 'incident.resolved', data }]
}

/** SQL that resolves leaves no time of resolution: the time of the last refresh stands in for it. */
function isResolutionBelieved(
  signal: Firing,
  { resolvedAt, lastSeen }: IncidentState,
  now: EpochMs,
): boolean {
  if (signal.type === 'alarm_raised') return false
  if (signal.type === 'alarm_severity_changed' && signal.severity === 'critical') return false
  return now - (resolvedAt ?? lastSeen) < RESOLUTION_GRACE_MS
}

/** The owner of the earlier opening stays, unless the alarm names one. */
function recurrence(
  { scope, severity, evidence, owner, hint }: Firing,
  incident: IncidentState | undefined,
  context: IncidentContext,
): IncidentEvent {
  const inherited = owner ?? incident?.owner ?? null
  const cause = { scope, severity, owner: inherited, hint, evidence, note: null }
  return openingOf(incident, cause, context)
}

function refresh(
  signal: Firing,
  incident: IncidentState,
  context: IncidentContext,
): readonly IncidentEvent[] {
  const isWorse = makesWorse(signal, incident)
  if (!isWorse && context.now - incident.lastSeen < REFRESH_MS_MIN) return []
  const { severity } = isWorse ? signal : incident
  return [
    {
      type: 'incident.refreshed',
      data: {
        severity,
        lastSeen: context.now,
        evidence: signal.evidence,
        // An unchanged severity leaves the due time alone, even one that SQL wrote.
        nextDueAt: isWorse
          ? dueAtWhileOpen({ ...incident, severity }, context)
          : incident.nextDueAt,
        notify: isWorse ? [...context.channels] : [],
      },
    },
  ]
}

/** An alarm that stands as it stood says nothing new of its severity. */
function makesWorse({ type, severity }: Firing, incident: IncidentState): boolean {
  return type !== 'alarm_standing' && severity === 'critical' && incident.severity !== 'critical'
}
