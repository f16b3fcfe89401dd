import { z } from 'zod'

import { PolicyName } from '../policy/names.ts'
import { PolicyKind, PolicyVersion } from '../policy/version.ts'

/** What can happen to a policy, an objective or a freeze, by event type; each at schema version 1. */
export const policyEvents = {
  /** From now on it is what the document says; of a name that was there before, in its place. */
  'policy.applied': z.strictObject({
    kind: PolicyKind,
    name: PolicyName,
    version: PolicyVersion,
    /** As it was written: what was left out stands for what this version of the format says of it. */
    document: z.record(z.string(), z.json()),
  }),
  'policy.removed': z.strictObject({ kind: PolicyKind, name: PolicyName }),
} as const
