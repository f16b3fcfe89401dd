import { createHmac } from 'node:crypto'

import { HOUR_MS, type EpochMs, type KeyId, type PrincipalId } from '@portcullis/contracts'
import { randomToken, SECRET_SIZE_BYTES, type Clock } from '@portcullis/runtime'

import { problem } from '../problem/problem.ts'
import type { Sessions } from '../store/sessions.ts'
import type { KeyRing } from './key-ring.ts'
import { FIRST_ADMIN, isPersonId, keyHolderOf, personOf, type Principal } from './principal.ts'

/** A working day; after it the token is asked for again. */
const SESSION_MS = 12 * HOUR_MS
export const SESSION_COOKIE = 'portcullis_session'

/** Returns who a request's `Cookie` header belongs to; rejects with UNAUTHENTICATED. */
export type SessionOf = (cookieHeader: string) => Promise<Principal>

/** The sessions of browsers: made from a token by the form, and ended by the clock or by leaving. */
export interface BrowserSessions {
  /** Resolves to a new session's secret, and for how long it lasts at most. */
  begin(principal: Principal): Promise<{ readonly secret: string; readonly lastsMs: number }>
  sessionOf: SessionOf
  end(cookieHeader: string): Promise<void>
}

/** The secrets that sessions stand on, beside API keys. */
export interface SessionGrounds {
  readonly keys: KeyRing
  /** PORTCULLIS_TOKEN. */
  readonly firstToken: string | undefined
  /** OPS_JWT_SECRET. */
  readonly jwtSecret: string | undefined
}

/**
 * Returns sessions that all gateways share. The cookie holds a secret; the store has its hash, keyed
 * with the secret that the session's token was good by: when that is changed, nothing is found any more.
 */
export function createSessions(
  sessions: Sessions,
  grounds: SessionGrounds,
  clock: Clock,
): BrowserSessions {
  return {
    begin: async ({ id, role, until }) => {
      if (role === null) throw new Error('only who has a role can have a session')
      const secret = randomToken(SECRET_SIZE_BYTES)
      const now = clock.now()
      const expiresAt = Math.min(now + SESSION_MS, until ?? Infinity) as EpochMs
      const tokenHash = keyedHash(secret, groundOf(id, grounds))
      await sessions.add(tokenHash, { principalId: id, role, expiresAt }, now)
      return { secret, lastsMs: expiresAt - now }
    },
    sessionOf: async (cookieHeader) => {
      const secret = secretIn(cookieHeader)
      if (secret === undefined) throw noSession()
      const found = await sessions.find(hashesOf(secret, grounds), clock.now())
      if (found === undefined) throw noSession()
      const { principalId, role, expiresAt } = found
      if (isPersonId(principalId)) return personOf(principalId, role, expiresAt)
      if (principalId === FIRST_ADMIN.id) return FIRST_ADMIN
      return principalOfKey(principalId as string as KeyId, grounds.keys, clock.now())
    },
    end: async (cookieHeader) => {
      const secret = secretIn(cookieHeader)
      if (secret !== undefined) await sessions.end(hashesOf(secret, grounds))
    },
  }
}

/** Keys of API are looked at again and again: no secret of the gateway stands behind them. */
const OWN_GROUND = 'api key'

function groundOf(id: PrincipalId, { firstToken, jwtSecret }: SessionGrounds): string {
  const ground = isPersonId(id) ? jwtSecret : id === FIRST_ADMIN.id ? firstToken : OWN_GROUND
  if (ground === undefined) throw new Error('nobody was let in by a secret that is not set')
  return ground
}

/** What a session's secret may be stored as; who it belongs to is not known yet. */
function hashesOf(secret: string, { firstToken, jwtSecret }: SessionGrounds): string[] {
  const grounds = [OWN_GROUND, firstToken, jwtSecret].filter((ground) => ground !== undefined)
  return grounds.map((ground) => keyedHash(secret, ground))
}

function keyedHash(secret: string, ground: string): string {
  return createHmac('sha256', ground).update(secret).digest('hex')
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
