import { type EpochMs, eventSchemas, type ProjectId } from '@portcullis/contracts'
import { type Db, sealStream } from '@portcullis/event-log'

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
  db: Db,
  project: ProjectId,
  keptSince: EpochMs,
): Promise<SealReport> {
  const seals = await readSeals(db, project)
  const kept = seals.filter(({ dayStart }) => dayStart >= keptSince)
  const expired = seals.length - kept.length
  for (const [days, seal] of kept.entries()) {
    const detail = await faultOf(db, project, seal)
    if (detail === null) continue
    return { days, expired, mismatch: { dayStart: seal.dayStart, detail } }
  }
  return { days: kept.length, expired, mismatch: null }
}

/** What is wrong with the minutes of a sealed day; null when nothing is. */
async function faultOf(db: Db, project: ProjectId, seal: Seal): Promise<string | null> {
  const { rows, hash } = await hashOfDay(db, project, seal.dayStart)
  if (rows === seal.rows && hash === seal.hash) return null
  // A late batch may have come, with a further seal, after this one was read.
  const [last = seal] = await readSeals(db, project, [seal.dayStart])
  if (last.version !== seal.version) return faultOf(db, project, last)
  const what =
    rows === seal.rows ? 'are not what was sealed' : `have ${rows} rows of the ${seal.rows} sealed`
  return `The minutes of ${dayText(seal.dayStart)} ${what}.`
}

/** Returns the last seal of every sealed day, or of those of `days` that are sealed; the oldest first. */
export async function readSeals(
  db: Db,
  project: ProjectId,
  days?: readonly EpochMs[],
): Promise<Seal[]> {
  const { rows } = await db.query<{ data: unknown; version: number }>(
    `select distinct on (stream_id) data, version from events
     where project_id = $1 and type = 'minutes.sealed' and ($2::text[] is null or stream_id = any($2))
     order by stream_id, version desc`,
    [project, days === undefined ? null : days.map(sealStream)],
  )
  return rows
    .map(({ data, version }) => ({ ...eventSchemas['minutes.sealed'].parse(data), version }))
    .toSorted((one, other) => one.dayStart - other.dayStart)
}

function dayText(dayStart: EpochMs): string {
  return new Date(dayStart).toISOString().slice(0, 10)
}
