import { type EpochMs, instantOf, type OperationsCommand } from '@portcullis/contracts'

import {
  decideApply,
  decideRemove,
  type PolicyDecision,
  removalEvent,
  removalOf,
} from '../policy/applied/decide.ts'
import {
  type AppliedPolicies,
  type AppliedPolicy,
  appliedPolicyOf,
  isStartedByHand,
  policyKeyOf,
} from '../policy/applied/state.ts'

type FreezeCommand = Extract<OperationsCommand, { type: 'start_freeze' | 'end_freeze' }>

/** Why a freeze is not started, or not ended. Never renamed or used again. */
export const FREEZE_REJECTIONS = [
  'freeze_already_there',
  'freeze_end_in_past',
  'freeze_not_found',
  'freeze_has_ended',
  'freeze_comes_again',
] as const
export type FreezeRejection = (typeof FREEZE_REJECTIONS)[number]

export type FreezeDecision = PolicyDecision | { readonly rejected: FreezeRejection }

/**
 * Decides a freeze that somebody starts or ends by hand. It is a document like others, so that there is one place to
 * look; what ended is taken out of force when the next one starts.
 *
 * To end it early removes it: its history tells how long it was to last, and who ended it when.
 */
export function decideFreeze(
  command: FreezeCommand,
  applied: AppliedPolicies,
  now: EpochMs,
): FreezeDecision {
  return command.type === 'start_freeze' ? start(command, applied, now) : end(command, applied, now)
}

function start(
  { version, document }: Extract<FreezeCommand, { type: 'start_freeze' }>,
  applied: AppliedPolicies,
  now: EpochMs,
): FreezeDecision {
  const given = appliedPolicyOf(version, document)
  if (hasEnded(given, now)) return { rejected: 'freeze_end_in_past' }
  const before = applied.get(policyKeyOf(given))
  if (before !== undefined && before.version !== version && !hasEnded(before, now)) {
    return { rejected: 'freeze_already_there' }
  }
  const over = [...applied.values()].filter((one) => {
    return isStartedByHand(one) && hasEnded(one, now) && one.name !== given.name
  })
  const left = new Map(applied)
  for (const one of over) left.delete(policyKeyOf(one))
  const documents = [{ version, document }]
  const decision = decideApply({ type: 'apply_policies', documents, prune: false }, left)
  if ('rejected' in decision || decision.events.length === 0) return decision
  return {
    events: [...decision.events, ...over.map(removalEvent)],
    changes: [...decision.changes, ...over.map(removalOf)],
  }
}

function end(
  { name }: Extract<FreezeCommand, { type: 'end_freeze' }>,
  applied: AppliedPolicies,
  now: EpochMs,
): FreezeDecision {
  const found = applied.get(policyKeyOf({ kind: 'Freeze', name }))
  if (found?.document.kind !== 'Freeze') return { rejected: 'freeze_not_found' }
  if (!('from' in found.document.spec.schedule)) return { rejected: 'freeze_comes_again' }
  if (hasEnded(found, now)) return { rejected: 'freeze_has_ended' }
  return decideRemove({ type: 'remove_policy', kind: 'Freeze', name }, applied)
}

/** One that comes again has no end that is known. */
function hasEnded({ document }: AppliedPolicy, now: EpochMs): boolean {
  if (document.kind !== 'Freeze') return false
  const { schedule } = document.spec
  return 'from' in schedule && instantOf(schedule.to) <= now
}
