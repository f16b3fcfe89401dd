import { z } from 'zod'

import { POLICIES_MAX } from '../events/operations.ts'
import { releaseEvents } from '../events/release.ts'
import { waiverEvents } from '../events/waiver.ts'
import { WaiverId } from '../ids.ts'
import { Labels, PolicyName } from '../policy/names.ts'
import { PolicyKind, PolicyVersion } from '../policy/version.ts'
import { Role } from '../principal.ts'
import type { IncidentCommand } from './incident.ts'

const announced = releaseEvents['release.announced'].omit({ source: true }).shape
const told = releaseEvents['release.promoted'].omit({ at: true }).shape

/** What may be asked of the escalator beside commands on one incident. */
export const OperationsCommand = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('announce_release'),
    ...announced,
    /** A gateway of the version before leaves it out. */
    labels: Labels.optional(),
  }),
  // The life of a release, as docs/releases.md tells it.
  z.strictObject({ type: z.literal('promote_release'), ...told }),
  z.strictObject({ type: z.literal('finish_release'), ...told }),
  z.strictObject({ type: z.literal('rollback_release'), ...told }),
  z.strictObject({ type: z.literal('abort_release'), ...told }),
  /** The role is the caller's as it asked: a key's may be another one later. */
  z.strictObject({ type: z.literal('approve_release'), ...told, role: Role }),
  z.strictObject({ type: z.literal('revoke_approval'), ...told }),
  /** Puts documents in force, all of them or none; with `prune` whatever is not among them goes. */
  z.strictObject({
    type: z.literal('apply_policies'),
    documents: z
      .array(z.strictObject({ version: PolicyVersion, document: z.record(z.string(), z.json()) }))
      .max(POLICIES_MAX),
    prune: z.boolean(),
  }),
  z.strictObject({ type: z.literal('remove_policy'), kind: PolicyKind, name: PolicyName }),
  /** Puts one freeze in force that is not there yet. */
  z.strictObject({
    type: z.literal('start_freeze'),
    version: PolicyVersion,
    document: z.record(z.string(), z.json()),
  }),
  /** Takes a freeze of one span out of force before its end. */
  z.strictObject({ type: z.literal('end_freeze'), name: PolicyName }),
  z.strictObject({ type: z.literal('grant_waiver'), ...waiverEvents['waiver.granted'].shape }),
  z.strictObject({ type: z.literal('approve_waiver'), waiverId: WaiverId }),
  z.strictObject({ type: z.literal('revoke_waiver'), waiverId: WaiverId }),
  /** Moves the due times of open incidents to what the present settings say. */
  z.strictObject({ type: z.literal('recalc') }),
  /** Fires what is due now, without waiting for the next look. */
  z.strictObject({ type: z.literal('tick') }),
])
export type OperationsCommand = z.infer<typeof OperationsCommand>

/** A row of the `commands` table. */
export type StoredCommand = IncidentCommand | OperationsCommand

/**
 * The reason in the result of a command that can never be decided, whatever it is about: deciding it
 * fails in a way that would come again.
 */
export const UNDECIDABLE = 'undecidable'

const OPERATIONS: readonly string[] = OperationsCommand.options.map(
  (option) => option.shape.type.value,
)

/** Whether a command is about one incident. */
export function isIncidentCommand(command: StoredCommand): command is IncidentCommand {
  return !OPERATIONS.includes(command.type)
}
