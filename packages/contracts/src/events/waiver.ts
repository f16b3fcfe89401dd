import { z } from 'zod'

import { EnvironmentName, ServiceName, VersionName, WaiverId } from '../ids.ts'
import { PolicyName } from '../policy/names.ts'
import { WaivedRule, WAIVED_MAX } from '../policy/waived.ts'
import { SealedText } from '../principal.ts'
import { EpochMs } from '../time.ts'

/** What can happen to a waiver, by event type; each at schema version 1. That it ends is no event: its end is in it. */
export const waiverEvents = {
  'waiver.granted': z.strictObject({
    waiverId: WaiverId,
    service: ServiceName,
    environment: EnvironmentName,
    /** Null for every version, policy or rule. */
    version: VersionName.nullable(),
    policies: z.array(PolicyName).min(1).max(WAIVED_MAX).nullable(),
    rules: z.array(WaivedRule).min(1).max(WAIVED_MAX).nullable(),
    reason: SealedText,
    until: EpochMs,
    /** It takes effect when somebody else approves it. */
    needsSecond: z.boolean(),
  }),
  'waiver.approved': z.strictObject({ waiverId: WaiverId }),
  'waiver.revoked': z.strictObject({ waiverId: WaiverId }),
} as const
