import type {
  EpochMs,
  EventMeta,
  LogPosition,
  ProjectId,
  RecordedEvent,
  StreamId,
} from '@portcullis/contracts'

import { upcasting } from './upcast.ts'

/**
 * Columns of `events` as they are read: as text or as doubles, which node-postgres turns into
 * numbers at once. Positions stay exact up to 2^53; instants have no more than milliseconds, which
 * `date_part` gives as seconds, exact after rounding.
 *
 * Order by `events.position`: a bare `position` means this list's double, which no index has.
 */
export const EVENT_COLUMNS = `position::float8, stream_id, version, type, schema_version,
  data::text, meta::text, date_part('epoch', occurred_at) as occurred_at,
  date_part('epoch', recorded_at) as recorded_at`

/** A row of `events` as `EVENT_COLUMNS` reads it. `data` and `meta` are the stored text, verbatim. */
export interface EventRow {
  readonly position: number
  readonly stream_id: string
  readonly version: number
  readonly type: string
  readonly schema_version: number
  readonly data: string
  readonly meta: string
  /** Seconds since 1970. */
  readonly occurred_at: number
  /** Seconds since 1970. */
  readonly recorded_at: number
}

/** Returns the whole milliseconds of `date_part('epoch', …)`. */
export function millisecondsOf(seconds: number): EpochMs {
  return Math.round(seconds * 1_000) as EpochMs
}

/**
 * Returns the event of a row, upcast to the newest schema. It trusts the shape: data is checked
 * before it is written, and `verifyChain` checks both the bytes and the shape of all of it; parsing
 * with zod here would cost more than reading (bench `replay`).
 *
 * Throws when the row's type or schema version is not known.
 */
export function recordedEventOf(project: ProjectId, row: EventRow): RecordedEvent {
  const data = upcasting.upcast(row.type, row.schema_version, JSON.parse(row.data))
  const event = {
    type: row.type,
    data,
    projectId: project,
    position: row.position as LogPosition,
    streamId: row.stream_id as StreamId,
    version: row.version,
    meta: JSON.parse(row.meta) as EventMeta,
    occurredAt: millisecondsOf(row.occurred_at),
    recordedAt: millisecondsOf(row.recorded_at),
  }
  return event as RecordedEvent
}
