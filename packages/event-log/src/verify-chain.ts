import { EventMeta, eventSchemas, type LogPosition, type ProjectId } from '@portcullis/contracts'

import type { Db } from './db.ts'
import { CHAIN_START, hashOfEvent, storedHashAt } from './event-hash.ts'
import { EVENT_COLUMNS, type EventRow, recordedEventOf } from './stored-event.ts'

/**
 * What is wrong at a position: the event is missing (`gap`); a column is not what was appended
 * (`content`); the hash itself is not (`hash`); time runs backwards or is finer than it was written
 * (`time`); data or meta is not of its type's shape (`shape`); the stream's versions have a hole
 * (`stream`); the head row is not that of the last event (`head`).
 */
export type ChainFault = 'gap' | 'content' | 'hash' | 'time' | 'shape' | 'stream' | 'head'

export interface ChainMismatch {
  readonly position: LogPosition
  readonly fault: ChainFault
  readonly detail: string
}

export interface ChainReport {
  /** How many events were found good. */
  readonly events: number
  /** Where the log ended when the check began. */
  readonly through: LogPosition
  /** The first thing that is wrong; null when nothing is. */
  readonly mismatch: ChainMismatch | null
}

export interface VerifyChainOptions {
  /** First position to check; the hash before it is believed. 1 by default. */
  readonly from?: LogPosition
  /** Called after each chunk with the last position that was checked. */
  readonly onProgress?: (position: LogPosition) => void
}

type CheckedRow = EventRow & { readonly hash: string; readonly whole_ms: boolean } & Record<
    string,
    unknown
  >

interface Head {
  readonly position: number
  readonly chain: string
  readonly same_time: boolean
  readonly has_strays: boolean
}

const CHUNK_SIZE = 4_000

/**
 * Recomputes the hash of every event and checks positions, times, shapes, stream versions and the
 * head row; reports the first mismatch. Appends may go on meanwhile: it checks what was there when it
 * began.
 *
 * What somebody rewrote together with all hashes after it and the head is not found here; a signed
 * checkpoint that was kept elsewhere finds it.
 */
export async function verifyChain(
  db: Db,
  project: ProjectId,
  { from = 1 as LogPosition, onProgress }: VerifyChainOptions = {},
): Promise<ChainReport> {
  const head = await loadHead(db, project)
  const through = head.position as LogPosition
  let known: Known = { position: from - 1, hash: CHAIN_START, recordedAt: -Infinity }
  const report = (mismatch: ChainMismatch | null): ChainReport => ({
    events: known.position - from + 1,
    through,
    mismatch,
  })
  const before = await storedHashAt(db, project, from - 1)
  if (before === null) return report(faultAt(from - 1, 'gap', 'is missing'))
  known = { ...known, hash: before }
  while (known.position < through) {
    const rows = await loadRows(db, project, known.position, through)
    const next = checkRows(project, rows, known)
    known = next.known
    if (next.mismatch !== null) return report(next.mismatch)
    if (rows.length === 0) return report(faultAt(known.position + 1, 'gap', 'is missing'))
    onProgress?.(known.position as LogPosition)
  }
  return report(checkHead(head, known) ?? (await checkStreams(db, project, through)))
}

/** The last event that was found good. */
interface Known {
  readonly position: number
  readonly hash: string
  /** Seconds since 1970. */
  readonly recordedAt: number
}

async function loadHead(db: Db, project: ProjectId): Promise<Head> {
  const { rows } = await db.query<Head & Record<string, unknown>>(
    `select head.position::float8, encode(head.chain, 'hex') as chain,
       head.recorded_at = coalesce(event.recorded_at, 'epoch') as same_time,
       exists (
         select from events as stray where stray.project_id = head.project_id
           and (stray.position > head.position or stray.position < 1)
       ) as has_strays
     from log_heads as head
     left join events as event using (project_id, position) where head.project_id = $1`,
    [project],
  )
  if (rows[0] === undefined) throw new Error(`Project ${project} has no log.`)
  return rows[0]
}

async function loadRows(
  db: Db,
  project: ProjectId,
  after: number,
  through: number,
): Promise<CheckedRow[]> {
  const { rows } = await db.query<CheckedRow>(
    `select ${EVENT_COLUMNS}, encode(hash, 'hex') as hash,
       date_trunc('milliseconds', occurred_at) = occurred_at
         and date_trunc('milliseconds', recorded_at) = recorded_at as whole_ms
     from events where project_id = $1 and position > $2 and position <= $3
     order by events.position limit $4`,
    [project, after, through, CHUNK_SIZE],
  )
  return rows
}

function checkRows(
  project: ProjectId,
  rows: readonly CheckedRow[],
  start: Known,
): { known: Known; mismatch: ChainMismatch | null } {
  let known = start
  for (const [index, row] of rows.entries()) {
    const mismatch = checkRow(project, row, { known, next: rows[index + 1] })
    if (mismatch !== null) return { known, mismatch }
    known = { position: row.position, hash: row.hash, recordedAt: row.recorded_at }
  }
  return { known, mismatch: null }
}

function checkRow(
  project: ProjectId,
  row: CheckedRow,
  { known, next }: { known: Known; next: CheckedRow | undefined },
): ChainMismatch | null {
  if (row.position !== known.position + 1) return faultAt(known.position + 1, 'gap', 'is missing')
  if (hashOfEvent(project, row, known.hash) !== row.hash) {
    // The event after it was chained to the hash as it was appended: it tells which of both changed.
    const hashIsGood = next === undefined || hashOfEvent(project, next, row.hash) === next.hash
    return hashIsGood
      ? faultAt(row.position, 'content', 'is not what was appended')
      : faultAt(row.position, 'hash', 'has a hash that is not its own')
  }
  if (!row.whole_ms) return faultAt(row.position, 'time', 'has a time finer than milliseconds')
  if (row.recorded_at < known.recordedAt) {
    return faultAt(row.position, 'time', 'was recorded before the event in front of it')
  }
  const wrongShape = shapeFaultOf(project, row)
  return wrongShape === null ? null : faultAt(row.position, 'shape', wrongShape)
}

/** Returns what is wrong with the shape of data or meta, null when both are as their schemas say. */
function shapeFaultOf(project: ProjectId, row: EventRow): string | null {
  try {
    const event = recordedEventOf(project, row)
    eventSchemas[event.type].parse(event.data)
    EventMeta.parse(event.meta)
    return null
  } catch (error) {
    return `cannot be read: ${error instanceof Error ? error.message : String(error)}`
  }
}

function checkHead(head: Head, last: Known): ChainMismatch | null {
  if (head.chain !== last.hash) return faultAt(head.position, 'head', 'is not what the head says')
  if (!head.same_time) return faultAt(head.position, 'head', 'was not recorded when the head says')
  if (head.has_strays) return faultAt(head.position, 'head', 'is not the last, as the head says')
  return null
}

async function checkStreams(
  db: Db,
  project: ProjectId,
  through: LogPosition,
): Promise<ChainMismatch | null> {
  const { rows } = await db.query<{ stream_id: string; position: number }>(
    `select stream_id, max(position)::float8 as position from events
     where project_id = $1 and position <= $2
     group by stream_id having min(version) <> 1 or max(version) <> count(*)
     order by position limit 1`,
    [project, through],
  )
  const stream = rows[0]
  if (stream === undefined) return null
  return faultAt(stream.position, 'stream', `ends ${stream.stream_id}, whose versions have a hole`)
}

function faultAt(position: number, fault: ChainFault, what: string): ChainMismatch {
  return { position: position as LogPosition, fault, detail: `The event at ${position} ${what}.` }
}
