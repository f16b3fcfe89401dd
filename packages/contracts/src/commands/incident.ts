import { z } from 'zod'

import { PrincipalId } from '../ids.ts'
import { SealedText } from '../principal.ts'
import { AlarmScope, Evidence, Severity } from '../scope.ts'
import { EpochMs } from '../time.ts'

const note = SealedText.nullable()

/** What people and services may ask of an incident; stored as it is in the `commands` table. */
export const IncidentCommand = z.discriminatedUnion('type', [
  /** Opens by hand; on an open incident it is a rejection. */
  z.strictObject({
    type: z.literal('open'),
    scope: AlarmScope,
    severity: Severity,
    owner: PrincipalId.nullable(),
    hint: z.string().max(1_024).nullable(),
    evidence: Evidence,
    note,
  }),
  z.strictObject({ type: z.literal('ack'), note }),
  z.strictObject({ type: z.literal('unack'), note }),
  z.strictObject({ type: z.literal('resolve'), note }),
  z.strictObject({ type: z.literal('reopen'), note }),
  z.strictObject({ type: z.literal('snooze'), until: EpochMs, note }),
  z.strictObject({ type: z.literal('unsnooze'), note }),
  z.strictObject({ type: z.literal('assign'), owner: PrincipalId.nullable(), note }),
  z.strictObject({ type: z.literal('comment'), note: SealedText }),
  z.strictObject({ type: z.literal('severity'), severity: Severity, note }),
  /** Raises the level now, by hand. */
  z.strictObject({ type: z.literal('escalate'), note }),
])
export type IncidentCommand = z.infer<typeof IncidentCommand>
export type IncidentCommandType = IncidentCommand['type']
