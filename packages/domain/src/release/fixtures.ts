// What the tests of releases announce. Imported by tests only.
import type {
  EnvironmentName,
  EpochMs,
  PrincipalId,
  ServiceName,
  VersionName,
} from '@portcullis/contracts'

import type { Announcement } from './state.ts'

export const PEOPLE = {
  ann: 'person_ann' as PrincipalId,
  bob: 'person_bob' as PrincipalId,
} as const

/** Returns what a sight of a version in metrics says, or, with `source`, an announcement. */
export function announced(
  version: string,
  at: number,
  rest: Partial<Announcement> = {},
): Announcement {
  return {
    service: 'shop' as ServiceName,
    environment: 'production' as EnvironmentName,
    version: version as VersionName,
    commit: null,
    url: null,
    labels: {},
    source: 'metrics',
    ...rest,
    at: at as EpochMs,
  }
}
