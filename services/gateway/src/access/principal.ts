import {
  SCOPES_OF_ROLE,
  type EpochMs,
  type KeyId,
  type PrincipalId,
  type Role,
  type Scope,
} from '@portcullis/contracts'

/** Who asks, once the credential was found good. */
export interface Principal {
  readonly kind: 'person' | 'key' | 'anonymous'
  /** Opaque: what a token calls a person stays in the table `people`. */
  readonly id: PrincipalId
  readonly role: Role | null
  readonly scopes: readonly Scope[]
  /** When the credential ends by itself; null of a key, which is looked at again and again. */
  readonly until: EpochMs | null
}

/** A peer on loopback that asks the guard without a token, and whoever asks for what is public. */
export const ANONYMOUS: Principal = {
  kind: 'anonymous',
  id: 'anonymous' as PrincipalId,
  role: null,
  scopes: ['guard:read'],
  until: null,
}

/** The holder of PORTCULLIS_TOKEN. */
export const FIRST_ADMIN: Principal = {
  kind: 'key',
  id: 'first-admin' as PrincipalId,
  role: 'ops_admin',
  scopes: SCOPES_OF_ROLE.ops_admin,
  until: null,
}

/** Returns a person with all that the role may do. */
export function personOf(id: PrincipalId, role: Role, until: EpochMs): Principal {
  return { kind: 'person', id, role, scopes: SCOPES_OF_ROLE[role], until }
}

/** Returns the holder of an API key. A key's id is its principal's. */
export function keyHolderOf(key: {
  readonly keyId: KeyId
  readonly role: Role
  readonly scopes: readonly Scope[]
}): Principal {
  const id = key.keyId as string as PrincipalId
  return { kind: 'key', id, role: key.role, scopes: key.scopes, until: null }
}

/** Ids of people begin so; those of keys have no `_`. */
const PERSON_PREFIX = 'person_'

/** Whether an id is a person's. */
export function isPersonId(id: PrincipalId): boolean {
  return id.startsWith(PERSON_PREFIX)
}

/** Returns a new opaque id for a person, from a random UUID. */
export function personIdFrom(uuid: string): PrincipalId {
  return `${PERSON_PREFIX}${uuid.replaceAll('-', '')}` as PrincipalId
}
