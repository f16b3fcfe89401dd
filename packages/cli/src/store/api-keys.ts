import {
  DEFAULT_PROJECT,
  type EpochMs,
  type KeyId,
  type Role,
  type Scope,
} from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

/** An API key as its projection has it, without anything secret. */
export interface KnownKey {
  readonly keyId: KeyId
  readonly role: Role
  readonly scopes: readonly Scope[]
  /** Null where nobody named it, or the name was erased. */
  readonly name: string | null
  /** A name, or the opaque id where none is known. */
  readonly createdBy: string
  readonly createdAt: EpochMs
  readonly expiresAt: EpochMs | null
  readonly revokedAt: EpochMs | null
}

interface Row {
  readonly key_id: KeyId
  readonly role: Role
  readonly scopes: Scope[]
  readonly name: string | null
  readonly created_by: string
  readonly created_at: Date
  readonly expires_at: Date | null
  readonly revoked_at: Date | null
}

/** Returns the API keys, revoked ones included, the newest first; that of `keyId` where it is given. */
export async function readApiKeys(db: Db, keyId?: KeyId): Promise<KnownKey[]> {
  const { rows } = await db.query<Row & Record<string, unknown>>(
    `select keys.key_id, keys.role, keys.scopes, owner.name,
       coalesce(creator.name, keys.created_by) as created_by,
       keys.created_at, keys.expires_at, keys.revoked_at
     from api_keys as keys
     left join people as owner
       on owner.project_id = keys.project_id and owner.person_id = keys.key_id
     left join people as creator
       on creator.project_id = keys.project_id and creator.person_id = keys.created_by
     where keys.project_id = $1 and keys.key_id = coalesce($2, keys.key_id)
     order by keys.created_at desc, keys.key_id`,
    [DEFAULT_PROJECT, keyId ?? null],
  )
  return rows.map((row) => ({
    keyId: row.key_id,
    role: row.role,
    scopes: row.scopes,
    name: row.name,
    createdBy: row.created_by,
    createdAt: row.created_at.getTime() as EpochMs,
    expiresAt: instantOf(row.expires_at),
    revokedAt: instantOf(row.revoked_at),
  }))
}

function instantOf(date: Date | null): EpochMs | null {
  return date === null ? null : (date.getTime() as EpochMs)
}
