import type { EventData, LogPosition } from '@portcullis/contracts'

import type { ReadModel } from '../read-model.ts'
import { countOf, instantOf, isoOf, jsonListOf, valueOf } from '../record.ts'

type Changed = EventData<'verdict.changed'>

/** The last recorded outcome for a service and environment. */
export type OutcomeRow = Omit<Changed, 'previous' | 'notify'> & {
  readonly version: number
  readonly position: LogPosition
}

/** `verdict_outcomes`: one row a service and environment. */
export const outcomeModel: ReadModel<OutcomeRow> = {
  table: 'verdict_outcomes',
  key: ['service', 'environment'],
  keysOf: (event) =>
    event.type === 'verdict.changed' ? [[event.data.service, event.data.environment]] : [],
  evolve: (_, event) => {
    const { previous: _previous, notify: _notify, ...outcome } = event.data as Changed
    return { ...outcome, version: event.version, position: event.position }
  },
  toRecord: (row) => ({
    service: row.service,
    environment: row.environment,
    outcome: row.outcome,
    pass: row.pass,
    reasons: row.reasons,
    as_of: isoOf(row.asOf),
    heads: row.heads,
    policies: jsonListOf(row.policies),
    version: row.version,
    position: row.position,
  }),
  fromRecord: (record) => ({
    service: valueOf(record, 'service'),
    environment: valueOf(record, 'environment'),
    outcome: valueOf(record, 'outcome'),
    pass: valueOf(record, 'pass'),
    reasons: valueOf(record, 'reasons'),
    asOf: instantOf(record, 'as_of'),
    heads: valueOf(record, 'heads'),
    policies: valueOf(record, 'policies'),
    version: valueOf(record, 'version'),
    position: countOf(record, 'position') as LogPosition,
  }),
}
