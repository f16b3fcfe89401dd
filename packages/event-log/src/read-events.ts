import type {
  DomainEvent,
  EpochMs,
  EventType,
  LogPosition,
  ProjectId,
  RecordedEvent,
  StreamId,
} from '@portcullis/contracts'

import type { Db } from './db.ts'
import { EVENT_COLUMNS, type EventRow, millisecondsOf, recordedEventOf } from './stored-event.ts'

/** Where a project's log ends. */
export interface LogHead {
  readonly position: LogPosition
  /** Time of the newest event; it never runs backwards. */
  readonly recordedAt: EpochMs
}

/** Which part of a log to read: the events after a position. */
export interface EventRange {
  readonly project: ProjectId
  /** The last position that is known already; 0 reads from the beginning. */
  readonly after: LogPosition
  /** The last position to read. */
  readonly through?: LogPosition
  readonly limit: number
}

/**
 * Returns the events of a range in the order of their positions, at most `limit`.
 *
 * Positions are handed out under the head's lock, which is held until the commit: whoever sees
 * position 11 sees 10 too, so reading on from the last position seen never skips an event.
 */
export async function readEvents(db: Db, range: EventRange): Promise<RecordedEvent[]> {
  const { project, after, through = Number.MAX_SAFE_INTEGER, limit } = range
  const { rows } = await db.query<EventRow & Record<string, unknown>>(
    `select ${EVENT_COLUMNS} from events
     where project_id = $1 and position > $2 and position <= $3 order by events.position limit $4`,
    [project, after, through, limit],
  )
  return rows.map((row) => recordedEventOf(project, row))
}

/** Returns the events at some positions, in their order. */
export async function readEventsAt(
  db: Db,
  project: ProjectId,
  positions: readonly LogPosition[],
): Promise<RecordedEvent[]> {
  if (positions.length === 0) return []
  const { rows } = await db.query<EventRow & Record<string, unknown>>(
    `select ${EVENT_COLUMNS} from events
     where project_id = $1 and position = any($2::bigint[]) order by events.position`,
    [project, positions],
  )
  return rows.map((row) => recordedEventOf(project, row))
}

/** Returns all events of one stream, in the order of their versions. */
export async function readStream(
  db: Db,
  project: ProjectId,
  stream: StreamId,
): Promise<RecordedEvent[]> {
  const { rows } = await db.query<EventRow & Record<string, unknown>>(
    `select ${EVENT_COLUMNS} from events
     where project_id = $1 and stream_id = $2 order by version`,
    [project, stream],
  )
  return rows.map((row) => recordedEventOf(project, row))
}

/** Events that one statement reads. */
const CHUNK_SIZE = 4_000

/** Yields all events of some streams up to a position, in the order of their positions. */
export async function* readStreamsUpTo(
  db: Db,
  project: ProjectId,
  { streams, through }: { readonly streams: readonly StreamId[]; readonly through: LogPosition },
): AsyncGenerator<RecordedEvent, void, undefined> {
  let after = 0
  while (streams.length > 0) {
    const { rows } = await db.query<EventRow & Record<string, unknown>>(
      `select ${EVENT_COLUMNS} from events
       where project_id = $1 and stream_id = any($2::text[])
         and events.position > $3 and events.position <= $4
       order by events.position limit $5`,
      [project, streams, after, through, CHUNK_SIZE],
    )
    for (const row of rows) yield recordedEventOf(project, row)
    if (rows.length < CHUNK_SIZE) return
    after = Number(rows.at(-1)!.position)
  }
}

/**
 * Returns all events of one type, of those of some streams where they are given, in the order of their
 * positions. Without streams it looks through the whole log.
 */
export async function readEventsOfType(
  db: Db,
  project: ProjectId,
  {
    type,
    streams,
  }: { readonly type: EventType; readonly streams?: readonly StreamId[] | undefined },
): Promise<RecordedEvent[]> {
  const { rows } = await db.query<EventRow & Record<string, unknown>>(
    `select ${EVENT_COLUMNS} from events
     where project_id = $1 and type = $2 and ($3::text[] is null or stream_id = any($3))
     order by events.position`,
    [project, type, streams ?? null],
  )
  return rows.map((row) => recordedEventOf(project, row))
}

/** Returns all events of one type in a range of positions, in their order. It looks through the range. */
export async function readTypeBetween<Type extends EventType>(
  db: Db,
  project: ProjectId,
  {
    type,
    after,
    through,
  }: { readonly type: Type; readonly after: LogPosition; readonly through: LogPosition },
): Promise<RecordedEvent<Extract<DomainEvent, { type: Type }>>[]> {
  const { rows } = await db.query<EventRow & Record<string, unknown>>(
    `select ${EVENT_COLUMNS} from events
     where project_id = $1 and type = $2 and events.position > $3 and events.position <= $4
     order by events.position`,
    [project, type, after, through],
  )
  return rows.map(
    (row) => recordedEventOf(project, row) as RecordedEvent<Extract<DomainEvent, { type: Type }>>,
  )
}

/** Which events of one type are read, the newest first. */
export interface BackwardsRange {
  readonly type: EventType
  /** Only events at lower positions. */
  readonly before: LogPosition | null
  readonly limit: number
  /** Texts that members of the data must have; undefined ones are not looked at. */
  readonly where: Readonly<Record<string, string | undefined>>
}

/** Returns the newest events of one type, the newest first. */
export async function readTypeBackwards(
  db: Db,
  project: ProjectId,
  { type, before, limit, where }: BackwardsRange,
): Promise<RecordedEvent[]> {
  const { rows } = await db.query<EventRow & Record<string, unknown>>(
    `select ${EVENT_COLUMNS} from events
     where project_id = $1 and type = $2 and ($3::bigint is null or events.position < $3)
       and data::jsonb @> $4::jsonb
     order by events.position desc limit $5`,
    [project, type, before, JSON.stringify(where), limit],
  )
  return rows.map((row) => recordedEventOf(project, row))
}

/** Which events of a stream count. */
export interface NewestOptions {
  readonly streams: readonly StreamId[]
  /** Types that do not. */
  readonly except: readonly EventType[]
  /** A type that counts only where this member of its data has one of these keys. */
  readonly where: {
    readonly type: EventType
    readonly member: string
    readonly keys: readonly string[]
  }
}

/** Returns the newest event that counts of each of some streams. */
export async function readNewestOfStreams(
  db: Db,
  project: ProjectId,
  { streams, except, where }: NewestOptions,
): Promise<RecordedEvent[]> {
  const { rows } = await db.query<EventRow & Record<string, unknown>>(
    `select newest.* from unnest($2::text[]) as wanted (stream) cross join lateral (
       select ${EVENT_COLUMNS} from events
       where project_id = $1 and stream_id = wanted.stream and type <> all($3::text[])
         and case type when $4 then data::jsonb -> $5 ?| $6::text[] else true end
       order by version desc limit 1
     ) as newest`,
    [project, streams, except, where.type, where.member, where.keys],
  )
  return rows.map((row) => recordedEventOf(project, row))
}

/**
 * Returns the newest events of one stream, the newest first, at most `limit`: those below `before`,
 * a version, where it is given. For streams that may be long and are read by people.
 */
export async function readStreamBackwards(
  db: Db,
  { project, stream }: { readonly project: ProjectId; readonly stream: StreamId },
  { before, limit }: { readonly before: number | null; readonly limit: number },
): Promise<RecordedEvent[]> {
  const { rows } = await db.query<EventRow & Record<string, unknown>>(
    `select ${EVENT_COLUMNS} from events
     where project_id = $1 and stream_id = $2 and ($3::integer is null or version < $3)
     order by version desc limit $4`,
    [project, stream, before, limit],
  )
  return rows.map((row) => recordedEventOf(project, row))
}

/** Which events of a stream that is about several things are about one of them. */
export interface Mention {
  /** Members of the data that may name it. */
  readonly members: readonly string[]
  readonly value: string
}

/**
 * Returns the newest events of one stream that name a thing, the newest first, at most `limit`: those
 * below `before`, a version, where it is given. It looks through the stream from its end.
 */
export async function readStreamMentions(
  db: Db,
  { project, stream }: { readonly project: ProjectId; readonly stream: StreamId },
  {
    mention: { members, value },
    before,
    limit,
  }: { readonly mention: Mention; readonly before: number | null; readonly limit: number },
): Promise<RecordedEvent[]> {
  const { rows } = await db.query<EventRow & Record<string, unknown>>(
    `select ${EVENT_COLUMNS} from events
     where project_id = $1 and stream_id = $2 and ($3::integer is null or version < $3)
       and exists (select from unnest($4::text[]) as member where data ->> member = $5)
     order by version desc limit $6`,
    [project, stream, before, members, value, limit],
  )
  return rows.map((row) => recordedEventOf(project, row))
}

/** Returns where the log ends. Throws when the project has no log. */
export async function readHead(db: Db, project: ProjectId): Promise<LogHead> {
  const { rows } = await db.query<{ position: number; recorded_at: number }>(
    `select position::float8, date_part('epoch', recorded_at) as recorded_at
     from log_heads where project_id = $1`,
    [project],
  )
  const head = rows[0]
  if (head === undefined) throw new Error(`Project ${project} has no log.`)
  return {
    position: head.position as LogPosition,
    recordedAt: millisecondsOf(head.recorded_at),
  }
}
