import type { ProjectId } from '@portcullis/contracts'

import type { EventRow } from '../stored-event.ts'

/** One entry of `event-hashes.json`: an event, the hash before it, and its own. */
export interface EventVector {
  readonly previousHash: string
  readonly project: ProjectId
  readonly position: number
  readonly stream: string
  readonly version: number
  readonly type: string
  readonly schemaVersion: number
  readonly data: string
  readonly meta: string
  readonly occurredAt: number
  readonly recordedAt: number
  readonly hash: string
}

/** Returns the event of a vector as it would be read from the table. */
export function rowOf(vector: EventVector): EventRow {
  return {
    position: vector.position,
    stream_id: vector.stream,
    version: vector.version,
    type: vector.type,
    schema_version: vector.schemaVersion,
    data: vector.data,
    meta: vector.meta,
    occurred_at: vector.occurredAt / 1_000,
    recorded_at: vector.recordedAt / 1_000,
  }
}
