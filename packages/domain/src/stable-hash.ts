/**
 * Returns a 32-bit hash of `text` that is the same in every process and version: what was decided
 * by it stays decided. Its golden vectors hold it. It is no protection against anybody.
 *
 * FNV-1a over the UTF-16 code units, low byte first (http://www.isthe.com/chongo/tech/comp/fnv/),
 * then MurmurHash3's 32-bit finalizer: FNV alone leaves texts that differ in their last characters
 * close together.
 */
export function stableHash(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193)
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
