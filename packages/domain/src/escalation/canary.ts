import { type AlarmScope, incidentKeyOf } from '@portcullis/contracts'

/**
 * Whether an incident's key belongs to the first `canaryPercent` (0 to 100) of all keys.
 *
 * It depends on the key `route::kind` alone, not on service or environment: the same key falls on
 * the same side everywhere, in every process and version, and a larger share only adds keys. The
 * golden vectors of its test hold the function for ever.
 */
export function isInCanary(
  scope: Pick<AlarmScope, 'route' | 'kind'>,
  canaryPercent: number,
): boolean {
  return (keyHash(incidentKeyOf(scope)) / 2 ** 32) * 100 < canaryPercent
}

/**
 * FNV-1a over the UTF-16 code units, low byte first (http://www.isthe.com/chongo/tech/comp/fnv/),
 * then MurmurHash3's 32-bit finalizer: FNV alone leaves keys that differ in their last characters
 * close together.
 */
export function keyHash(text: string): number {
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
