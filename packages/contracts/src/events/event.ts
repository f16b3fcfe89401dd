import { z } from 'zod'

import { CommandId, LogPosition, type ProjectId, type StreamId } from '../ids.ts'
import { Actor, SYSTEM_ACTOR, Via } from '../principal.ts'
import type { EpochMs } from '../time.ts'
import { alarmEvents } from './alarm.ts'
import { incidentEvents } from './incident.ts'
import { operationEvents } from './operations.ts'
import { policyEvents } from './policy.ts'
import { releaseEvents } from './release.ts'
import { waiverEvents } from './waiver.ts'

/** Every event type with the schema of its data. Types are never renamed or used again. */
export const eventSchemas = {
  ...alarmEvents,
  ...incidentEvents,
  ...operationEvents,
  ...policyEvents,
  ...releaseEvents,
  ...waiverEvents,
} as const
export type EventType = keyof typeof eventSchemas

export type EventData<Type extends EventType> = z.infer<(typeof eventSchemas)[Type]>

/** An event as the core makes and folds it: a union, discriminated by `type`. */
export type DomainEvent = {
  [Type in EventType]: { readonly type: Type; readonly data: EventData<Type> }
}[EventType]

type EventNamed<Type extends EventType> = Extract<DomainEvent, { type: Type }>
export type IncidentEvent = EventNamed<keyof typeof incidentEvents>
export type AlarmEvent = EventNamed<keyof typeof alarmEvents>
export type PolicyEvent = EventNamed<keyof typeof policyEvents>
export type ReleaseEvent = EventNamed<keyof typeof releaseEvents>
export type WaiverEvent = EventNamed<keyof typeof waiverEvents>

/** Who and what led to an event. */
export const EventMeta = z.strictObject({
  actor: Actor,
  via: Via,
  commandId: CommandId.nullable(),
  correlationId: z.string().max(128).nullable(),
  /** Position of the event that caused this one. */
  causationId: LogPosition.nullable(),
})
export type EventMeta = z.infer<typeof EventMeta>

/** An event with its place in the log, parsed and upcast to the newest schema version. */
export type RecordedEvent<Event extends DomainEvent = DomainEvent> = Event & {
  readonly projectId: ProjectId
  readonly position: LogPosition
  readonly streamId: StreamId
  /** 1, 2, 3 … within the stream. */
  readonly version: number
  readonly meta: EventMeta
  readonly occurredAt: EpochMs
  readonly recordedAt: EpochMs
}

/** Returns the meta of what Portcullis does by itself; `causationId` is the event that led to it. */
export function systemMeta(via: Via, causationId: LogPosition | null = null): EventMeta {
  return { actor: SYSTEM_ACTOR, via, commandId: null, correlationId: null, causationId }
}
