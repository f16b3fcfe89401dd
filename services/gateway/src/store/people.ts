import type { PrincipalId, ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'
import type { Clock } from '@portcullis/runtime'
import { randomUuid } from '@portcullis/runtime'

import type { PersonIdOf } from '../access/json-web-token.ts'
import { personIdFrom } from '../access/principal.ts'

/** What a JWT calls a person is kept apart from what `psql` calls one ("sql:…"). */
const SUBJECT_PREFIX = 'jwt:'
/** Whom the view `incidents` was told of by name (the SQL function `person_named`). */
const SQL_SUBJECT_PREFIX = 'sql:'

/**
 * Returns the way from a token's subject to the person's opaque id. Whoever is seen for the first time
 * gets one; gateways that see the same person at once agree on it.
 */
export function peopleIn(db: Db, projectId: ProjectId, clock: Clock): PersonIdOf {
  return async (subject) => {
    const key = SUBJECT_PREFIX + subject
    const known = await find(db, projectId, key)
    if (known !== undefined) return known
    await db.query(
      `insert into people (project_id, person_id, subject, name, created_at)
       values ($1, $2, $3, $4, $5) on conflict (project_id, subject) do nothing`,
      [projectId, personIdFrom(randomUuid()), key, subject, new Date(clock.now())],
    )
    const added = await find(db, projectId, key)
    if (added === undefined) throw new Error('a person was erased in the moment of being added')
    return added
  }
}

/** Returns the opaque id of whoever is called so by name, by their token, or by their id itself. */
export type PersonNamed = (name: string) => Promise<PrincipalId>

/**
 * Returns the way from what people call one another to the opaque id. Somebody who is not known yet is
 * taken for the subject of a token to come.
 */
export function peopleNamedIn(db: Db, projectId: ProjectId, personIdOf: PersonIdOf): PersonNamed {
  return async (name) => {
    const { rows } = await db.query<{ person_id: PrincipalId }>(
      `select person_id from people where project_id = $1
         and (person_id = $2 or subject = any($3::text[]))
       order by person_id = $2 desc, subject limit 1`,
      [projectId, name, [SUBJECT_PREFIX + name, SQL_SUBJECT_PREFIX + name]],
    )
    return rows[0]?.person_id ?? personIdOf(name)
  }
}

async function find(db: Db, projectId: ProjectId, key: string): Promise<PrincipalId | undefined> {
  const { rows } = await db.query<{ person_id: PrincipalId }>(
    'select person_id from people where project_id = $1 and subject = $2',
    [projectId, key],
  )
  return rows[0]?.person_id
}
