import type { AlarmEvent, EpochMs, PrincipalId, RouteAlarmKind } from '@portcullis/contracts'

import type { AlarmSignal } from '../incident/follow-alarm.ts'
import type { AlarmEvaluation } from './evaluate.ts'
import type { AlarmState } from './state.ts'

/** What to look at first, by kind of alarm. */
export const ALARM_HINTS: Readonly<Record<RouteAlarmKind, string>> = {
  error_rate: 'Requests end with 5xx: look at the logs of the service and at what it depends on.',
  p95_regress: 'Latency rose within the last minute: look at what was released or changed.',
  slo_violation: 'The route misses its objective: compare the evidence with its targets.',
}

/** An alarm after it was judged: with the events that this gave, most often none. */
export interface JudgedAlarm {
  readonly alarm: AlarmState | undefined
  readonly evaluation: AlarmEvaluation
  readonly events: readonly AlarmEvent[]
}

/**
 * Returns what a judged alarm tells its incident, or null where it has nothing to say: there never
 * was an alarm, the route is silent, or the alarm stands on while its evidence is healthy already.
 */
export function alarmSignal(
  { alarm, evaluation, events }: JudgedAlarm,
  about: { readonly owner: PrincipalId | null; readonly hint: string | null },
  asOf: EpochMs,
): AlarmSignal | null {
  if (alarm === undefined) return null
  if (evaluation.status === 'firing') {
    const evidence = { ...evaluation.evidence, as_of: asOf }
    return {
      type: firingType(events),
      scope: alarm.scope,
      severity: alarm.severity,
      evidence,
      ...about,
    }
  }
  if (evaluation.status === 'no_data' || alarm.healthySince === null) return null
  return { type: 'alarm_healthy', since: alarm.healthySince }
}

function firingType(events: readonly AlarmEvent[]): Exclude<AlarmSignal['type'], 'alarm_healthy'> {
  if (events.some(({ type }) => type === 'alarm.raised')) return 'alarm_raised'
  if (events.some(({ type }) => type === 'alarm.severity_changed')) return 'alarm_severity_changed'
  return 'alarm_standing'
}
