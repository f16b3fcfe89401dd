import {
  type AlarmEvent,
  type AlarmScope,
  type EpochMs,
  type Evidence,
  MINUTE_MS,
} from '@portcullis/contracts'

import { RESOLVE_AFTER_HEALTHY_MS } from '../incident/follow-alarm.ts'
import type { AlarmEvaluation } from './evaluate.ts'
import type { AlarmState } from './state.ts'

/**
 * What an alarm says stands at least this long. A rate that swings around its threshold would
 * otherwise raise and clear it with every batch, and a route with just about as many requests as are
 * needed to say anything would fall silent and speak again with each. A minute holds what raised it
 * for as long anyway.
 */
export const STAND_MS_MIN = MINUTE_MS

/**
 * Returns what an evaluation at `asOf` does to an alarm, most often nothing.
 *
 * | alarm   | firing                                  | healthy                  | no data                  |
 * |---------|-----------------------------------------|--------------------------|--------------------------|
 * | none    | `raised`                                | nothing                  | nothing                  |
 * | raised  | `severity_changed` when it became worse | `cleared` after a minute | `no_data` after a minute |
 * | cleared | `raised`                                | nothing                  | `no_data` after a minute |
 * | no_data | `raised`                                | `cleared`                | nothing                  |
 *
 * - It clears on healthy evidence only: silence resolves nothing, and is told once, when the alarm
 *   has stood, or has been clear, for a minute.
 * - Its severity is the worst since it was raised, so that a rate which swings around the higher
 *   threshold gives one event.
 * - Once it has been healthy for as long as it takes to resolve its incident it is over, and silence
 *   means nothing to it. Before that, silence that is told makes the healthy time count anew.
 */
export function judgeAlarm(
  scope: AlarmScope,
  alarm: AlarmState | undefined,
  evaluation: AlarmEvaluation,
  asOf: EpochMs,
): readonly AlarmEvent[] {
  const evidence = { ...evaluation.evidence, as_of: asOf }
  switch (evaluation.status) {
    case 'firing':
      return firing({ scope, severity: evaluation.severity, since: asOf, evidence }, alarm)
    case 'healthy':
      return healthy(alarm, asOf, evidence)
    case 'no_data':
      return silent(alarm, asOf)
  }
}

function firing(
  data: Extract<AlarmEvent, { type: 'alarm.raised' }>['data'],
  alarm: AlarmState | undefined,
): readonly AlarmEvent[] {
  if (alarm?.status !== 'raised') return [{ type: 'alarm.raised', data }]
  const { severity, evidence } = data
  if (severity === alarm.severity || severity !== 'critical') return []
  return [{ type: 'alarm.severity_changed', data: { severity, evidence } }]
}

function healthy(
  alarm: AlarmState | undefined,
  asOf: EpochMs,
  evidence: Evidence,
): readonly AlarmEvent[] {
  if (alarm === undefined || alarm.status === 'cleared') return []
  if (alarm.status === 'raised' && asOf - alarm.since < STAND_MS_MIN) return []
  return [{ type: 'alarm.cleared', data: { at: asOf, evidence } }]
}

function silent(alarm: AlarmState | undefined, asOf: EpochMs): readonly AlarmEvent[] {
  if (alarm === undefined || alarm.status === 'no_data' || isOver(alarm, asOf)) return []
  if (asOf - (alarm.healthySince ?? alarm.since) < STAND_MS_MIN) return []
  return [{ type: 'alarm.no_data', data: { at: asOf } }]
}

function isOver({ healthySince }: AlarmState, asOf: EpochMs): boolean {
  return healthySince !== null && asOf - healthySince >= RESOLVE_AFTER_HEALTHY_MS
}
