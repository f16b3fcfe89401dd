import { createHash } from 'node:crypto'

/**
 * Returns SHA-256 over the texts as D. J. Bernstein's netstrings (`<bytes>:<text>,`, UTF-8), which
 * make the preimage unambiguous; the SQL function `netstring` gives the same bytes.
 */
export function digestOf(texts: readonly string[]): Buffer {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}:${text},`)
  return hash.digest()
}
