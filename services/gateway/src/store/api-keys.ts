import type { EpochMs, KeyId, ProjectId, Role, Scope } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import type { FindKeys } from '../access/key-ring.ts'

interface Row {
  readonly key_id: KeyId
  readonly role: Role
  readonly scopes: Scope[]
  readonly secret_hash: string
  readonly expires_at: Date | null
  readonly revoked_at: Date | null
}

/** Returns the look-up of API keys in their projection. */
export function apiKeysIn(db: Db, projectId: ProjectId): FindKeys {
  return async (keyIds) => {
    const { rows } = await db.query<Row>(
      `select keys.key_id, role, scopes, secret_hash, expires_at, revoked_at
       from unnest($2::text[]) as asked (key_id)
       join api_keys as keys on keys.project_id = $1 and keys.key_id = asked.key_id`,
      [projectId, keyIds],
    )
    return rows.map((row) => ({
      keyId: row.key_id,
      role: row.role,
      scopes: row.scopes,
      secretHash: row.secret_hash,
      expiresAt: instantOf(row.expires_at),
      revokedAt: instantOf(row.revoked_at),
    }))
  }
}

function instantOf(date: Date | null): EpochMs | null {
  return date === null ? null : (date.getTime() as EpochMs)
}
