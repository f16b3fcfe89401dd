import type { AlarmEvent, IncidentId, LogPosition, RecordedEvent } from '@portcullis/contracts'
import { type AlarmState, evolveAlarm } from '@portcullis/domain'

import type { ReadModel } from '../read-model.ts'
import { countOf, instantOf, instantOrNull, isoOf, isoOrNull, valueOf } from '../record.ts'

/** An alarm with its place in the log; it has the id of its incident. */
export interface AlarmRow {
  readonly id: IncidentId
  readonly state: AlarmState
  /** Version of its stream: an append expects the next one. */
  readonly version: number
  readonly position: LogPosition
}

const STREAM_PREFIX = 'alarm-'

/** `alarms`: one row a route and kind that ever fired. */
export const alarmModel: ReadModel<AlarmRow> = {
  table: 'alarms',
  key: ['id'],
  keysOf: (event) =>
    event.streamId.startsWith(STREAM_PREFIX) ? [[event.streamId.slice(STREAM_PREFIX.length)]] : [],
  begins: (event) => event.version === 1,
  evolve: (row, event, [id]) => ({
    id: id as IncidentId,
    state: evolveAlarm(row?.state, event as RecordedEvent<AlarmEvent>),
    version: event.version,
    position: event.position,
  }),
  toRecord: ({ id, state, version, position }) => ({
    id,
    ...state.scope,
    status: state.status,
    severity: state.severity,
    since: isoOf(state.since),
    healthy_since: isoOrNull(state.healthySince),
    evidence: state.evidence,
    version,
    position,
  }),
  fromRecord: (record) => ({
    id: valueOf(record, 'id'),
    state: {
      scope: {
        service: valueOf(record, 'service'),
        environment: valueOf(record, 'environment'),
        route: valueOf(record, 'route'),
        kind: valueOf(record, 'kind'),
      },
      status: valueOf(record, 'status'),
      severity: valueOf(record, 'severity'),
      since: instantOf(record, 'since'),
      healthySince: instantOrNull(record, 'healthy_since'),
      evidence: valueOf(record, 'evidence'),
    },
    version: valueOf(record, 'version'),
    position: countOf(record, 'position') as LogPosition,
  }),
}
