import type { RecordedEvent } from '@portcullis/contracts'

import { isoOf } from '../record.ts'

export type VerdictChanged = Extract<RecordedEvent, { type: 'verdict.changed' }>

/** Whether an event is a change of a verdict. */
export function isVerdictChange(event: RecordedEvent): event is VerdictChanged {
  return event.type === 'verdict.changed'
}

/** A change of a verdict as HTTP answers and webhooks show it. Instants are RFC 3339. */
export function verdictChangeToWire({ position, recordedAt, data }: VerdictChanged) {
  const { service, environment, outcome, pass, previous, reasons, asOf, policies } = data
  return {
    ...{ position, service, environment, outcome, pass, previous, reasons },
    as_of: isoOf(asOf),
    recorded_at: isoOf(recordedAt),
    policies: policies.map(({ passingSince, ...policy }) => ({
      ...policy,
      passing_since: passingSince === null ? null : isoOf(passingSince),
    })),
  }
}

export type VerdictChangeWire = ReturnType<typeof verdictChangeToWire>
