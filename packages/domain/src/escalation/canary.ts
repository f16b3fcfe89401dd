import { type AlarmScope, incidentKeyOf } from '@portcullis/contracts'

import { stableHash } from '../stable-hash.ts'

/**
 * Returns whether an incident's key is among the first `canaryPercent` (0 to 100) of all keys.
 *
 * It depends on the key `route::kind` alone, not on service or environment: the same key falls on
 * the same side everywhere, and a larger share only adds keys.
 */
export function isInCanary(
  scope: Pick<AlarmScope, 'route' | 'kind'>,
  canaryPercent: number,
): boolean {
  return (stableHash(incidentKeyOf(scope)) / 2 ** 32) * 100 < canaryPercent
}
