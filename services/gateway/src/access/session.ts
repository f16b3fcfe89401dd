import { HOUR_MS, type EpochMs, type KeyId } from '@portcullis/contracts'
import { hashSecret, randomToken, SECRET_SIZE_BYTES, type Clock } from '@portcullis/runtime'

import { problem } from '../problem/problem.ts'
import type { Sessions } from '../store/sessions.ts'
import type { KeyRing } from './key-ring.ts'
import { FIRST_ADMIN, isPersonId, keyHolderOf, personOf, type Principal } from './principal.ts'

/** A working day; after it the token is asked for again. */
export const SESSION_MS = 12 * HOUR_MS
export const SESSION_COOKIE = 'portcullis_session'

/** Returns who a request's `Cookie` header belongs to; rejects with UNAUTHENTICATED. */
export type SessionOf = (cookieHeader: string) => Promise<Principal>

/** The sessions of browsers: made from a token by the form, and ended by the clock or by leaving. */
export interface BrowserSessions {
  /** Resolves to the secret of a new session. */
  begin(principal: Principal): Promise<string>
  sessionOf: SessionOf
  end(cookieHeader: string): Promise<void>
}

/** Returns sessions that all gateways share; the cookie holds a secret, and the store its hash. */
export function createSessions(sessions: Sessions, keys: KeyRing, clock: Clock): BrowserSessions {
  return {
    begin: async ({ id, role, until }) => {
      if (role === null) throw new Error('only who has a role can have a session')
      const secret = randomToken(SECRET_SIZE_BYTES)
      const now = clock.now()
      const expiresAt = Math.min(now + SESSION_MS, until ?? Infinity) as EpochMs
      await sessions.add(hashSecret(secret), { principalId: id, role, expiresAt }, now)
      return secret
    },
    sessionOf: async (cookieHeader) => {
      const secret = secretIn(cookieHeader)
      const found =
        secret === undefined ? undefined : await sessions.find(hashSecret(secret), clock.now())
      if (found === undefined) throw noSession()
      const { principalId, role, expiresAt } = found
      if (isPersonId(principalId)) return personOf(principalId, role, expiresAt)
      if (principalId === FIRST_ADMIN.id) return FIRST_ADMIN
      return principalOfKey(principalId as string as KeyId, keys, clock.now())
    },
    end: async (cookieHeader) => {
      const secret = secretIn(cookieHeader)
      if (secret !== undefined) await sessions.end(hashSecret(secret))
    },
  }
}

/** A session ends with its key. */
async function principalOfKey(keyId: KeyId, keys: KeyRing, now: EpochMs): Promise<Principal> {
  const key = await keys.find(keyId)
  const isUsable =
    key !== undefined && key.revokedAt === null && (key.expiresAt === null || key.expiresAt > now)
  if (!isUsable) throw noSession()
  return keyHolderOf(key)
}

function noSession() {
  return problem('UNAUTHENTICATED', { detail: 'the session has ended' })
}

/** Returns the session's secret in a `Cookie` header (RFC 6265, section 4.2.1). */
function secretIn(cookieHeader: string): string | undefined {
  const pairs = cookieHeader.split(';').map((pair) => pair.trim())
  const own = pairs.find((pair) => pair.startsWith(`${SESSION_COOKIE}=`))
  return own?.slice(SESSION_COOKIE.length + 1)
}
