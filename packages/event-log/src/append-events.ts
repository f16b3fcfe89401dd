import type {
  DomainEvent,
  EpochMs,
  EventMeta,
  LogPosition,
  ProjectId,
  RecordedEvent,
  StreamId,
} from '@portcullis/contracts'

import type { Db } from './db.ts'
import { millisecondsOf } from './stored-event.ts'
import { upcasting } from './upcast.ts'

/** An event that has not been appended yet. */
export interface NewEvent {
  readonly streamId: StreamId
  /** The version it will have in its stream: the one after the last that its decision has seen. */
  readonly version: number
  readonly event: DomainEvent
  readonly meta: EventMeta
  readonly occurredAt: EpochMs
}

/** Where the first of the appended events lies; the others follow without a gap. */
interface Place {
  readonly position: number
  /** Seconds since 1970. */
  readonly recorded_at: number
}

/**
 * Appends events in one statement, and returns them with their places in the log, in the same order.
 *
 * It takes the project's head row, for which every other appender waits until this transaction ends:
 * call it as the last statement that takes a lock.
 *
 * Throws an error for which `isStreamConflict` holds when a stream has got an event of the same
 * version meanwhile. The transaction is then lost; load, decide and append again in a new one.
 */
export async function appendEvents(
  tx: Db,
  project: ProjectId,
  pending: readonly NewEvent[],
): Promise<RecordedEvent[]> {
  if (pending.length === 0) return []
  const { position, recorded_at } = await append(tx, project, pending)
  const recordedAt = millisecondsOf(recorded_at)
  return pending.map(({ event, streamId, version, meta, occurredAt }, index) => ({
    ...event,
    projectId: project,
    position: (position + index) as LogPosition,
    streamId,
    version,
    meta,
    occurredAt,
    recordedAt,
  }))
}

async function append(tx: Db, project: ProjectId, pending: readonly NewEvent[]): Promise<Place> {
  try {
    const { rows } = await tx.query<Place & Record<string, unknown>>(
      `select min(out_position)::float8 as position,
         date_part('epoch', min(out_recorded_at)) as recorded_at
       from append_events($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        project,
        pending.map(({ streamId }) => streamId),
        pending.map(({ version }) => version),
        pending.map(({ event }) => event.type),
        pending.map(({ event }) => upcasting.newestVersion(event.type)),
        pending.map(({ event }) => JSON.stringify(event.data)),
        pending.map(({ meta }) => JSON.stringify(meta)),
        pending.map(({ occurredAt }) => new Date(occurredAt).toISOString()),
      ],
    )
    return rows[0]!
  } catch (error) {
    throw isDuplicateVersion(error) ? streamConflict(error) : error
  }
}

const STREAM_CONFLICT = 'STREAM_CONFLICT'
/** SQLSTATE of unique_violation. */
const UNIQUE_VIOLATION = '23505'
const ONE_EVENT_PER_VERSION = 'events_project_id_stream_id_version_key'

/** Tells whether an append failed because somebody else appended to one of its streams first. */
export function isStreamConflict(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === STREAM_CONFLICT
}

function streamConflict(cause: Error): Error {
  const error = new Error('Another writer appended to the stream first.', { cause })
  return Object.assign(error, { code: STREAM_CONFLICT })
}

function isDuplicateVersion(error: unknown): error is Error {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === UNIQUE_VIOLATION &&
    'constraint' in error &&
    error.constraint === ONE_EVENT_PER_VERSION
  )
}
