import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

import type { PrincipalId, SealedText } from '@portcullis/contracts'

// AES-256-GCM (NIST SP 800-38D) with a key per person. The person's id is additional data, so that
// text cannot be passed for somebody else's.

const ALGORITHM = 'aes-256-gcm'
/** Bytes. */
export const KEY_SIZE = 32
/** Bytes. Random: at 2^32 texts a key would have to change, which nobody writes. */
const NONCE_SIZE = 12
/** Bytes. */
const TAG_SIZE = 16

/** Returns a person's text as it is kept in the log. */
export function sealText(key: Uint8Array, by: PrincipalId, text: string): SealedText {
  const nonce = randomBytes(NONCE_SIZE)
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_SIZE })
  cipher.setAAD(Buffer.from(by))
  const parts = [nonce, cipher.update(text, 'utf8'), cipher.final()]
  return { by, sealed: Buffer.concat([...parts, cipher.getAuthTag()]).toString('base64') }
}

/** Returns the text, or null where the key is another one than it was sealed with. */
export function openText(key: Uint8Array, { by, sealed }: SealedText): string | null {
  const bytes = Buffer.from(sealed, 'base64')
  if (bytes.length < NONCE_SIZE + TAG_SIZE) return null
  const tagAt = bytes.length - TAG_SIZE
  const nonce = bytes.subarray(0, NONCE_SIZE)
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_SIZE })
  decipher.setAAD(Buffer.from(by)).setAuthTag(bytes.subarray(tagAt))
  try {
    const text = decipher.update(bytes.subarray(NONCE_SIZE, tagAt))
    return Buffer.concat([text, decipher.final()]).toString('utf8')
  } catch {
    return null
  }
}
