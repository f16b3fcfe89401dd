import { DAY_MS, type EpochMs, eventSchemas, type ProjectId } from '@portcullis/contracts'
import { type Db, inTransaction, readEventsOfType, sealStream } from '@portcullis/event-log'
import type { Pool } from 'pg'

import { hashOfDay } from './day-hash.ts'

/** The first day whose minutes are not what its seal says. */
export interface SealMismatch {
  readonly dayStart: EpochMs
  readonly detail: string
}

/** What a look at the sealed days found. */
export interface SealReport {
  /** Days that were found good. */
  readonly days: number
  /** Sealed days of which retention has taken minutes, so that nothing can be said about them. */
  readonly expired: number
  readonly mismatch: SealMismatch | null
}

/** What an event said of the minutes of a day. */
export interface Seal {
  readonly dayStart: EpochMs
  readonly rows: number
  readonly hash: string
  /** Of the event in the day's stream: 1 for the first seal, more where late batches made new ones. */
  readonly version: number
}

/**
 * Hashes the minutes of every sealed day again and compares them with its last seal, the oldest first, up
 * to the first that differs. Days that begin before `keptSince`, the instant up to which retention
 * deletes, are counted and left out.
 *
 * The seals are believed: that they are what was appended is for `verifyChain` to find out.
 */
export async function verifySeals(
  pool: Pool,
  project: ProjectId,
  keptSince: EpochMs,
): Promise<SealReport> {
  const begin = 'begin isolation level repeatable read read only'
  return await inTransaction(pool, (tx) => verifySealsIn(tx, project, keptSince), begin)
}

/** The same within a transaction. */
export async function verifySealsIn(
  tx: Db,
  project: ProjectId,
  keptSince: EpochMs,
): Promise<SealReport> {
  const seals = await readSeals(tx, project)
  const kept = seals.filter(({ dayStart }) => dayStart >= keptSince)
  const expired = seals.length - kept.length
  for (const [days, seal] of kept.entries()) {
    const detail = await faultOf(tx, project, seal)
    if (detail === null) continue
    return { days, expired, mismatch: { dayStart: seal.dayStart, detail } }
  }
  return { days: kept.length, expired, mismatch: null }
}

/** What is wrong with the minutes of a sealed day; null when nothing is. */
async function faultOf(db: Db, project: ProjectId, seal: Seal): Promise<string | null> {
  const { rows, hash } = await hashOfDay(db, project, seal.dayStart)
  if (rows === seal.rows && hash === seal.hash) return null
  const what =
    rows === seal.rows ? 'are not what was sealed' : `have ${rows} rows of the ${seal.rows} sealed`
  return `The minutes of ${dayText(seal.dayStart)} ${what}.`
}

/**
 * Returns the first (UTC) day of which all minutes are there, as far as the minutes themselves tell:
 * retention may have taken some of the oldest day that is left.
 */
export async function minutesWholeSince(db: Db, project: ProjectId): Promise<EpochMs> {
  const { rows } = await db.query<{ oldest: Date | null }>(
    'select min(hour_start) as oldest from metric_minutes where project_id = $1',
    [project],
  )
  const oldest = rows[0]!.oldest?.getTime()
  const since = oldest === undefined ? Infinity : Math.ceil(oldest / DAY_MS) * DAY_MS
  return since as EpochMs
}

/** Returns the last seal of every sealed day, or of those of `days` that are sealed; the oldest first. */
export async function readSeals(
  db: Db,
  project: ProjectId,
  days?: readonly EpochMs[],
): Promise<Seal[]> {
  const events = await readEventsOfType(db, project, {
    type: 'minutes.sealed',
    streams: days?.map(sealStream),
  })
  // In the order of positions: a later seal of the same day takes the place of an earlier one.
  const last = new Map(events.map((event) => [event.streamId, event]))
  return [...last.values()]
    .map(({ data, version }) => ({ ...eventSchemas['minutes.sealed'].parse(data), version }))
    .toSorted((one, other) => one.dayStart - other.dayStart)
}

function dayText(dayStart: EpochMs): string {
  return new Date(dayStart).toISOString().slice(0, 10)
}
