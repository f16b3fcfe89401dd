import type {
  AlarmEvent,
  AlarmScope,
  EpochMs,
  EventData,
  Evidence,
  Severity,
} from '@portcullis/contracts'

/**
 * What is known of the alarm of one route and kind, from its first raise on:
 * `raised` → `cleared` (healthy evidence) → `raised` again; from either to `no_data` (silence), and
 * from there to `raised` or `cleared`, whichever the next evidence says.
 */
export interface AlarmState {
  readonly scope: AlarmScope
  readonly status: 'raised' | 'cleared' | 'no_data'
  /** The worst since it was raised. */
  readonly severity: Severity
  /** When it was last raised. */
  readonly since: EpochMs
  /** Since when the evidence has been healthy without a break; null while it is not. */
  readonly healthySince: EpochMs | null
  /** That of the last event which had any. */
  readonly evidence: Evidence
}

/**
 * Returns the alarm after `event`. It copies what the event says and decides nothing.
 *
 * Throws when the stream begins with anything but `alarm.raised`: stream versions make that
 * impossible, so it is a broken log, and a fold must not answer from one.
 */
export function evolveAlarm(alarm: AlarmState | undefined, event: AlarmEvent): AlarmState {
  if (event.type === 'alarm.raised') return raised(event.data)
  if (alarm === undefined) throw new Error(`an alarm cannot begin with ${event.type}`)
  switch (event.type) {
    case 'alarm.severity_changed':
      return { ...alarm, severity: event.data.severity, evidence: event.data.evidence }
    case 'alarm.no_data':
      return { ...alarm, status: 'no_data', healthySince: null }
    case 'alarm.cleared': {
      const { at, evidence } = event.data
      return { ...alarm, status: 'cleared', healthySince: at, evidence }
    }
  }
}

function raised({ scope, severity, since, evidence }: EventData<'alarm.raised'>): AlarmState {
  return { scope, status: 'raised', severity, since, healthySince: null, evidence }
}
