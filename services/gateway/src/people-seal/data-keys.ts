import { randomBytes } from 'node:crypto'

import type { PrincipalId, ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'
import type { Clock } from '@portcullis/runtime'

import { KEY_SIZE } from './cipher.ts'

/** The keys of people, with which what they write is sealed. */
export interface DataKeys {
  /** Returns the person's key, a new one where there is none; gateways agree on it. */
  demand(id: PrincipalId): Promise<Buffer>
  /** Returns the keys of those who have one. */
  find(ids: readonly PrincipalId[]): Promise<ReadonlyMap<PrincipalId, Buffer>>
}

/** Returns the keys in the table `people`, which also has a row for each API key that wrote a note. */
export function dataKeysIn(db: Db, project: ProjectId, clock: Clock): DataKeys {
  const find = async (ids: readonly PrincipalId[]): Promise<Map<PrincipalId, Buffer>> => {
    const { rows } = await db.query<{ person_id: PrincipalId; data_key: Buffer }>(
      `select person_id, data_key from people
       where project_id = $1 and person_id = any($2::text[]) and data_key is not null`,
      [project, ids],
    )
    return new Map(rows.map((row) => [row.person_id, row.data_key]))
  }
  return {
    find,
    demand: async (id) => {
      const known = (await find([id])).get(id)
      if (known !== undefined) return known
      const { rows } = await db.query<{ data_key: Buffer }>(
        `insert into people (project_id, person_id, data_key, created_at) values ($1, $2, $3, $4)
         on conflict (project_id, person_id)
         do update set data_key = coalesce(people.data_key, excluded.data_key)
         returning data_key`,
        [project, id, randomBytes(KEY_SIZE), new Date(clock.now())],
      )
      return rows[0]!.data_key
    },
  }
}
