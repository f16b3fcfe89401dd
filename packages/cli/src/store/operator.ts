import { userInfo } from 'node:os'

import type { Actor, EpochMs, PrincipalId, ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'
import { randomUuid } from '@portcullis/runtime'

/** Kept apart from what JWTs ("jwt:…") and psql ("sql:…") call somebody. */
const SUBJECT_PREFIX = 'cli:'

/**
 * Returns who runs this command, for the audit trail: the operating system's user, by an opaque id
 * that is made the first time. Whoever can write to the database could claim any name; this one is
 * for honest people.
 */
export async function operatorOf(
  tx: Db,
  { project, now }: { project: ProjectId; now: EpochMs },
): Promise<Actor> {
  const name = userName()
  const { rows } = await tx.query<{ person_id: PrincipalId }>(
    `insert into people (project_id, person_id, subject, name, created_at)
     values ($1, $2, $3, $4, $5)
     on conflict (project_id, subject) do update set subject = excluded.subject
     returning person_id`,
    [
      project,
      `person_${randomUuid().replaceAll('-', '')}`,
      SUBJECT_PREFIX + name,
      name,
      new Date(now).toISOString(),
    ],
  )
  return { kind: 'person', id: rows[0]!.person_id }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // Containers run under numbers that no account belongs to.
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
