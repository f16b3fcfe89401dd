import type { EpochMs, Scope } from '@portcullis/contracts'
import { hashSecret, isSecret, parseApiToken, type Clock } from '@portcullis/runtime'

import { problem } from '../problem/problem.ts'
import type { VerifyJwt } from './json-web-token.ts'
import { KEY_FRESH_MS, type KeyRing, type StoredKey } from './key-ring.ts'
import { FIRST_ADMIN, keyHolderOf, type Principal } from './principal.ts'

/** What credentials are compared with. */
export interface Credentials {
  readonly keys: KeyRing
  readonly verifyJwt: VerifyJwt
  /** PORTCULLIS_TOKEN. */
  readonly firstToken: string | undefined
  readonly clock: Clock
}

/**
 * Finds out who a token belongs to; a promise only when something must be looked up. Throws, or
 * rejects with, the problem UNAUTHENTICATED.
 */
export type Authenticate = (token: string) => Principal | Promise<Principal>

/** How long a key is not even looked for in the ring; a revocation is felt within twice that. */
const KNOWN_MS = KEY_FRESH_MS
/** Tokens that were found good lately, at most. */
const KNOWN_MAX = 1_000

/**
 * Returns the way from a bearer token to its principal. A token that was found good is known again for
 * a second (a JWT until it expires): most requests are answered without hashing anything.
 */
export function createAuthentication(credentials: Credentials): Authenticate {
  const { clock } = credentials
  const known = new Map<string, Known>()
  const remember = (token: string, principal: Principal): Principal => {
    known.delete(token)
    known.set(token, { principal, until: principal.until ?? clock.now() + KNOWN_MS })
    if (known.size > KNOWN_MAX) known.delete(known.keys().next().value!)
    return principal
  }
  return (token) => {
    const before = known.get(token)
    if (before !== undefined && clock.now() < before.until) return before.principal
    return verify(token, credentials).then((principal) => remember(token, principal))
  }
}

interface Known {
  readonly principal: Principal
  readonly until: number
}

const BEARER = 'bearer '

/** Returns the token of an `Authorization: Bearer …` header; throws UNAUTHENTICATED where there is none. */
export function bearerTokenOf(authorization: string | undefined): string {
  if (authorization === undefined) throw problem('UNAUTHENTICATED')
  const token = authorization.slice(BEARER.length)
  const isBearer = authorization.slice(0, BEARER.length).toLowerCase() === BEARER
  if (isBearer && token !== '' && !token.includes(' ')) return token
  throw problem('UNAUTHENTICATED', { detail: 'the Authorization header is not `Bearer <token>`' })
}

async function verify(token: string, credentials: Credentials): Promise<Principal> {
  const { keys, verifyJwt, firstToken, clock } = credentials
  if (firstToken !== undefined && isSecret(token, hashSecret(firstToken))) return FIRST_ADMIN
  const apiToken = parseApiToken(token)
  if (apiToken !== undefined) {
    const key = await keys.find(apiToken.keyId)
    return principalOf(key, apiToken.secret, clock.now())
  }
  if (token.split('.').length === 3) return verifyJwt(token)
  throw problem('UNAUTHENTICATED', { detail: 'the token is neither an API key nor a JWT' })
}

/** A wrong secret and an unknown key get the same answer: which ids exist is nobody's business. */
function principalOf(key: StoredKey | undefined, secret: string, now: EpochMs): Principal {
  if (key === undefined || !isSecret(secret, key.secretHash)) {
    throw problem('UNAUTHENTICATED', { detail: 'there is no such API key' })
  }
  if (key.revokedAt !== null)
    throw problem('UNAUTHENTICATED', { detail: 'the API key was revoked' })
  if (key.expiresAt !== null && key.expiresAt <= now) {
    throw problem('UNAUTHENTICATED', { detail: 'the API key has expired' })
  }
  return keyHolderOf(key)
}

/** Throws FORBIDDEN unless the principal has the scope. */
export function requireScope(principal: Principal, scope: Scope): void {
  if (principal.scopes.includes(scope)) return
  throw problem('FORBIDDEN', { more: { needs: scope } })
}
