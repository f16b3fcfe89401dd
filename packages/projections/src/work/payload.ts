import type { EventType } from '@portcullis/contracts'
import type { NotificationState } from '@portcullis/domain'

import type { IncidentRow } from '../incidents/model.ts'
import { incidentToKeep, type IncidentWire } from '../incidents/wire.ts'
import {
  type VerdictChanged,
  verdictChangeToWire,
  type VerdictChangeWire,
} from '../outcomes/wire.ts'
import { isoOf } from '../record.ts'

/** What is told, before it is a text. */
export type DeliveryData =
  | { readonly position: number; readonly incident: IncidentWire }
  | { readonly position: number; readonly verdict: VerdictChangeWire }

/**
 * What a delivery says (Standard Webhooks: type, timestamp, data). People are opaque ids here; the
 * notifier puts names in when it sends, so that an erased name is not kept in a queue.
 */
export interface DeliveryPayload {
  readonly type: EventType
  readonly timestamp: string
  readonly data: DeliveryData
}

/** What a notification is about, as it is told: an incident, or the event of a verdict. */
export type Told = { readonly incident: IncidentRow } | { readonly verdict: VerdictChanged }

/** Returns what a delivery of a notification says. */
export function payloadOf(notification: NotificationState, told: Told): DeliveryPayload {
  const { eventType: type, eventPosition: position, requestedAt } = notification
  const data =
    'incident' in told
      ? { position, incident: incidentToKeep(told.incident) }
      : { position, verdict: verdictChangeToWire(told.verdict) }
  return { type, timestamp: isoOf(requestedAt), data }
}
