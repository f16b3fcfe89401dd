import type {
  DomainEvent,
  EpochMs,
  KeyId,
  PrincipalId,
  RecordedEvent,
  Role,
  Scope,
} from '@portcullis/contracts'

/** An API key without its secret, of which only the hash is known. */
export interface ApiKey {
  readonly keyId: KeyId
  readonly role: Role
  /** All that it may do; its role's scopes when it was made, or fewer. */
  readonly scopes: readonly Scope[]
  readonly secretHash: string
  readonly createdBy: PrincipalId
  readonly createdAt: EpochMs
  readonly expiresAt: EpochMs | null
  readonly revokedAt: EpochMs | null
}

export type AccessEvent = Extract<
  DomainEvent,
  { type: 'access.key_created' | 'access.key_revoked' }
>

/**
 * Returns a key after `event`. Being revoked is for good, from the first time on.
 * Throws when the stream does not begin with the key's creation.
 */
export function evolveApiKey(key: ApiKey | undefined, event: RecordedEvent<AccessEvent>): ApiKey {
  if (event.type === 'access.key_created') {
    const { keyId, role, scopes, secretHash, expiresAt } = event.data
    const created = { createdBy: event.meta.actor.id, createdAt: event.recordedAt }
    return { keyId, role, scopes, secretHash, ...created, expiresAt, revokedAt: null }
  }
  if (key === undefined) throw new Error(`a key cannot begin with ${event.type}`)
  return { ...key, revokedAt: key.revokedAt ?? event.recordedAt }
}

/** Why a key may not be used for something. */
export type AccessRefusal = 'key_revoked' | 'key_expired' | 'scope_missing'

/**
 * Returns why `key` may not be used for what needs `scope` at `now`, or null when it may. An
 * expired or revoked key is no credential at all (401); without the scope it is one that may not
 * do that (403).
 */
export function refusalOf(key: ApiKey, scope: Scope, now: EpochMs): AccessRefusal | null {
  if (key.revokedAt !== null) return 'key_revoked'
  if (key.expiresAt !== null && now >= key.expiresAt) return 'key_expired'
  return key.scopes.includes(scope) ? null : 'scope_missing'
}

/** Whether `key` may be used for what needs `scope` at `now`. */
export function mayUse(key: ApiKey, scope: Scope, now: EpochMs): boolean {
  return refusalOf(key, scope, now) === null
}
