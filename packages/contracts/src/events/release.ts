import { z } from 'zod'

import { EnvironmentName, PrincipalId, ServiceName, VersionName } from '../ids.ts'
import { Labels } from '../policy/names.ts'
import { Role, SealedText } from '../principal.ts'
import { EpochMs } from '../time.ts'

const release = { service: ServiceName, environment: EnvironmentName, version: VersionName }
const told = { ...release, at: EpochMs, note: SealedText.nullable() }

/** What can happen to a release, by event type; each at schema version 1 where nothing else is said. */
export const releaseEvents = {
  /**
   * A version was seen in metrics for the first time, or announced over HTTP. Version 2 has `labels`; no label at all
   * says nothing of them, as a `commit` that is null says nothing of the commit.
   */
  'release.announced': z.strictObject({
    ...release,
    commit: z.string().max(128).nullable(),
    url: z.string().max(2_048).nullable(),
    labels: Labels,
    source: z.enum(['metrics', 'api']),
    at: EpochMs,
  }),
  /** All traffic goes to it. */
  'release.promoted': z.strictObject(told),
  /** It is the baseline now. */
  'release.finished': z.strictObject(told),
  /** It was live and was taken back; `to` is the version that is live again, null where none is known. */
  'release.rolled_back': z.strictObject({ ...told, to: VersionName.nullable() }),
  /** It never went further. */
  'release.aborted': z.strictObject(told),
  /** Somebody said yes to this run of it, with the role of that moment. */
  'release.approved': z.strictObject({ ...told, by: PrincipalId, role: Role }),
  'release.approval_revoked': z.strictObject({ ...told, by: PrincipalId }),
} as const
