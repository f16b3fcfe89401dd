import type { ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

/** Returns the names of people and keys by opaque id; who was erased or never named is absent. */
export async function namesOf(
  db: Db,
  project: ProjectId,
  ids: readonly string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const { rows } = await db.query<{ person_id: string; name: string }>(
    `select person_id, name from people
     where project_id = $1 and person_id = any($2::text[]) and name is not null`,
    [project, ids],
  )
  return new Map(rows.map((row) => [row.person_id, row.name]))
}
