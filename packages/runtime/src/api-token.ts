import { hash, timingSafeEqual } from 'node:crypto'

import { KeyId } from '@portcullis/contracts'

/** Random bytes in a key's secret: so many that a slow hash adds nothing. */
export const SECRET_SIZE_BYTES = 32

/** An API key's token in its two parts. */
export interface ApiToken {
  readonly keyId: KeyId
  readonly secret: string
}

/** Key ids have no `_`, so that the first one ends the id; base64url secrets may have some. */
const TOKEN = /^pc_([A-Za-z0-9-]{1,64})_([A-Za-z0-9_-]{43,})$/u

/** Returns the token that its owner is shown once: `pc_<keyId>_<secret>`. */
export function formatApiToken({ keyId, secret }: ApiToken): string {
  return `pc_${keyId}_${secret}`
}

/** Returns the parts of a token, or undefined where it is none. */
export function parseApiToken(token: string): ApiToken | undefined {
  const match = TOKEN.exec(token)
  if (match === null) return undefined
  return { keyId: KeyId.parse(match[1]), secret: match[2]! }
}

/** Returns hex SHA-256 of a secret, as it is stored. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex')
}

/** Whether a secret has the stored hash; takes the same time whatever they share. */
export function isSecret(secret: string, secretHash: string): boolean {
  const given = Buffer.from(hashSecret(secret), 'hex')
  const stored = Buffer.from(secretHash, 'hex')
  return given.length === stored.length && timingSafeEqual(given, stored)
}
