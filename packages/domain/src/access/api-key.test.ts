import type {
  EpochMs,
  KeyId,
  LogPosition,
  PrincipalId,
  ProjectId,
  RecordedEvent,
  StreamId,
} from '@portcullis/contracts'
import { ROLES, SCOPES, SCOPES_OF_ROLE } from '@portcullis/contracts'
import t from 'tap'

import { type AccessEvent, type ApiKey, evolveApiKey, mayUse, refusalOf } from './api-key.ts'

const KEY_ID = 'key_1' as KeyId

function ms(instant: number): EpochMs {
  return instant as EpochMs
}

function recorded(event: AccessEvent, recordedAt: number): RecordedEvent<AccessEvent> {
  return {
    ...event,
    projectId: 'default' as ProjectId,
    position: 7 as LogPosition,
    streamId: `key-${KEY_ID}` as StreamId,
    version: 1,
    meta: {
      actor: { kind: 'person', id: 'person_ann' as PrincipalId },
      via: 'cli',
      commandId: null,
      correlationId: null,
      causationId: null,
    },
    occurredAt: ms(recordedAt),
    recordedAt: ms(recordedAt),
  }
}

const CREATED: AccessEvent = {
  type: 'access.key_created',
  data: {
    keyId: KEY_ID,
    role: 'ci',
    scopes: ['guard:read'],
    secretHash: 'a'.repeat(64),
    expiresAt: ms(2_000),
  },
}
const REVOKED: AccessEvent = { type: 'access.key_revoked', data: { keyId: KEY_ID } }
const KEY = evolveApiKey(undefined, recorded(CREATED, 1_000))

t.test('a key is what its creation says, and knows who made it and when', async (t) => {
  t.strictSame(KEY, {
    ...CREATED.data,
    createdBy: 'person_ann',
    createdAt: 1_000,
    revokedAt: null,
  })
})

t.test('a key is revoked once, for good', async (t) => {
  const revoked = evolveApiKey(KEY, recorded(REVOKED, 1_500))
  t.strictSame(revoked, { ...KEY, revokedAt: 1_500 })
  t.strictSame(evolveApiKey(revoked, recorded(REVOKED, 1_600)), revoked)
})

t.test('a revocation of what was never made is a broken log', async (t) => {
  t.throws(() => evolveApiKey(undefined, recorded(REVOKED, 1_500)), {
    message: 'a key cannot begin with access.key_revoked',
  })
})

t.test('a key may do what its scopes say, until it expires or is revoked', async (t) => {
  const revoked: ApiKey = { ...KEY, revokedAt: ms(1_500) }
  const unlimited: ApiKey = { ...KEY, expiresAt: null }
  t.equal(refusalOf(KEY, 'guard:read', ms(1_999)), null)
  t.equal(refusalOf(KEY, 'guard:read', ms(2_000)), 'key_expired')
  t.equal(refusalOf(KEY, 'releases:write', ms(1_999)), 'scope_missing')
  t.equal(refusalOf(revoked, 'guard:read', ms(1_999)), 'key_revoked')
  t.equal(refusalOf(revoked, 'releases:write', ms(2_000)), 'key_revoked')
  t.equal(refusalOf(unlimited, 'guard:read', ms(9_000_000)), null)
  t.equal(mayUse(KEY, 'guard:read', ms(1_999)), true)
  t.equal(mayUse(KEY, 'guard:read', ms(2_000)), false)
})

t.test('a key with the scopes of its role may do these and no more', async (t) => {
  for (const role of ROLES) {
    const key: ApiKey = { ...KEY, role, scopes: SCOPES_OF_ROLE[role] }
    t.same(
      SCOPES.filter((scope) => mayUse(key, scope, ms(1_500))),
      SCOPES.filter((scope) => SCOPES_OF_ROLE[role].includes(scope)),
      role,
    )
  }
})
