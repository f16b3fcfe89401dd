import { type EpochMs, eventSchemas, type ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

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

/**
 * Hashes the minutes of every sealed day again and compares them with its seal, the oldest first, up
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
    const { rows, hash } = await hashOfDay(db, project, seal.dayStart)
    if (rows === seal.rows && hash === seal.hash) continue
    const what =
      rows === seal.rows
        ? 'are not what was sealed'
        : `have ${rows} rows of the ${seal.rows} sealed`
    const detail = `The minutes of ${dayText(seal.dayStart)} ${what}.`
    return { days, expired, mismatch: { dayStart: seal.dayStart, detail } }
  }
  return { days: kept.length, expired, mismatch: null }
}

async function readSeals(db: Db, project: ProjectId) {
  const { rows } = await db.query<{ data: unknown }>(
    `select data from events where project_id = $1 and type = 'minutes.sealed' order by position`,
    [project],
  )
  return rows
    .map(({ data }) => eventSchemas['minutes.sealed'].parse(data))
    .toSorted((one, other) => one.dayStart - other.dayStart)
}

function dayText(dayStart: EpochMs): string {
  return new Date(dayStart).toISOString().slice(0, 10)
}
