import { DEFAULT_PROJECT, type EpochMs, type PrincipalId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

/** Somebody behind an id of the log. */
export interface KnownPerson {
  readonly id: PrincipalId
  /** Null where nobody named the person, or the name was erased. */
  readonly name: string | null
  /** How the person is recognised: by a token, a login role, an operating system's user. */
  readonly subject: string | null
  readonly createdAt: EpochMs
  readonly erasedAt: EpochMs | null
}

/** Returns everybody, the newest first. */
export async function readPeople(db: Db): Promise<KnownPerson[]> {
  const { rows } = await db.query<{
    person_id: PrincipalId
    name: string | null
    subject: string | null
    created_at: Date
    erased_at: Date | null
  }>(
    `select person_id, name, subject, created_at, erased_at from people
     where project_id = $1 order by created_at desc, person_id`,
    [DEFAULT_PROJECT],
  )
  return rows.map((row) => ({
    id: row.person_id,
    name: row.name,
    subject: row.subject,
    createdAt: row.created_at.getTime() as EpochMs,
    erasedAt: row.erased_at === null ? null : (row.erased_at.getTime() as EpochMs),
  }))
}

/** Empties a person's row for good; false where there is no such person. */
export async function erasePerson(db: Db, id: string, now: EpochMs): Promise<boolean> {
  const { rows } = await db.query(
    `update people set subject = null, name = null, data_key = null,
       erased_at = coalesce(erased_at, $3)
     where project_id = $1 and person_id = $2 returning person_id`,
    [DEFAULT_PROJECT, id, new Date(now)],
  )
  return rows.length > 0
}
