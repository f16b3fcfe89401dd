import {
  type Actor,
  DAY_MS,
  type EpochMs,
  type OperationsCommand,
  plusMs,
  type WaiverEvent,
} from '@portcullis/contracts'

import { type Waiver, waiverStatusAt } from './state.ts'

/** The longest waiver: what has to be let through for longer than a week is a change of policy. */
export const WAIVER_MS_MAX = 7 * DAY_MS

/** Why a command on a waiver is refused; never renamed or used again (docs/freezes-and-waivers.md). */
export const WAIVER_REJECTIONS = [
  'waiver_not_found',
  'waiver_already_granted',
  'waiver_end_in_past',
  'waiver_end_too_far',
  'waiver_needs_another',
  'waiver_has_ended',
  'waiver_is_revoked',
] as const
export type WaiverRejection = (typeof WAIVER_REJECTIONS)[number]

export type WaiverDecision =
  | { readonly events: readonly WaiverEvent[] }
  | { readonly rejected: WaiverRejection }

export type WaiverCommand = Extract<
  OperationsCommand,
  { type: 'grant_waiver' | 'approve_waiver' | 'revoke_waiver' }
>

interface Given {
  readonly now: EpochMs
  readonly actor: Actor
}

/**
 * Decides a command on one waiver.
 *
 * | command | not there   | pending                         | active    | ended     | revoked    |
 * |---------|-------------|---------------------------------|-----------|-----------|------------|
 * | grant   | `granted`   | already_granted                 | already_granted | already_granted | already_granted |
 * | approve | not_found   | `approved`; by who granted it needs_another | nothing | has_ended | is_revoked |
 * | revoke  | not_found   | `revoked`                       | `revoked` | has_ended | nothing    |
 *
 * (`waiver_` before each rejection is left out.) "Nothing": what was asked for is so already. Whoever granted it may
 * revoke it, and so may everybody else who may grant: to close the gate again needs no second look.
 */
export function decideWaiver(
  command: WaiverCommand,
  waiver: Waiver | undefined,
  given: Given,
): WaiverDecision {
  switch (command.type) {
    case 'grant_waiver':
      return grant(command, waiver, given)
    case 'approve_waiver':
      return approve(waiver, given)
    case 'revoke_waiver':
      return revoke(waiver, given)
  }
}

function grant(
  command: Extract<WaiverCommand, { type: 'grant_waiver' }>,
  waiver: Waiver | undefined,
  { now }: Given,
): WaiverDecision {
  const { type: _, ...data } = command
  if (waiver !== undefined) return { rejected: 'waiver_already_granted' }
  if (data.until <= now) return { rejected: 'waiver_end_in_past' }
  if (data.until > plusMs(now, WAIVER_MS_MAX)) return { rejected: 'waiver_end_too_far' }
  return { events: [{ type: 'waiver.granted', data }] }
}

function approve(waiver: Waiver | undefined, { now, actor }: Given): WaiverDecision {
  if (waiver === undefined) return { rejected: 'waiver_not_found' }
  switch (waiverStatusAt(waiver, now)) {
    case 'ended':
      return { rejected: 'waiver_has_ended' }
    case 'revoked':
      return { rejected: 'waiver_is_revoked' }
    case 'active':
      return { events: [] }
    case 'pending':
      if (actor.id === waiver.grantedBy) return { rejected: 'waiver_needs_another' }
      return { events: [{ type: 'waiver.approved', data: { waiverId: waiver.waiverId } }] }
  }
}

function revoke(waiver: Waiver | undefined, { now }: Given): WaiverDecision {
  if (waiver === undefined) return { rejected: 'waiver_not_found' }
  switch (waiverStatusAt(waiver, now)) {
    case 'ended':
      return { rejected: 'waiver_has_ended' }
    case 'revoked':
      return { events: [] }
    case 'active':
    case 'pending':
      return { events: [{ type: 'waiver.revoked', data: { waiverId: waiver.waiverId } }] }
  }
}
