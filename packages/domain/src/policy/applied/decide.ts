import {
  type OperationsCommand,
  POLICIES_MAX,
  type PolicyEvent,
  type PolicyKind,
  type PolicyName,
  type PolicyVersion,
} from '@portcullis/contracts'

import { lintFreeze } from '../../freeze/lint.ts'
import { type LintFinding, lintPolicy } from '../lint.ts'
import {
  type AppliedPolicies,
  type AppliedPolicy,
  appliedPolicyOf,
  isStartedByHand,
  policyKeyOf,
} from './state.ts'

type ApplyPolicies = Extract<OperationsCommand, { type: 'apply_policies' }>
type RemovePolicy = Extract<OperationsCommand, { type: 'remove_policy' }>

/** Why documents are not put in force, or not removed. Never renamed or used again. */
export const POLICY_REJECTIONS = ['policies_do_not_fit', 'policy_not_found'] as const
export type PolicyRejection = (typeof POLICY_REJECTIONS)[number]

/** What one of the documents that would be in force could never do. */
export interface PolicyMisfit extends LintFinding {
  readonly kind: PolicyKind
  readonly name: PolicyName
}

/** What becomes of one document. */
export interface PolicyChange {
  readonly kind: PolicyKind
  readonly name: PolicyName
  readonly change: 'added' | 'changed' | 'removed' | 'unchanged'
  /** Null where nothing is in force: after, or before. */
  readonly version: PolicyVersion | null
  readonly previous: PolicyVersion | null
}

export type PolicyDecision =
  | { readonly events: readonly PolicyEvent[]; readonly changes: readonly PolicyChange[] }
  | { readonly rejected: PolicyRejection; readonly misfits: readonly PolicyMisfit[] }

/**
 * Decides what putting documents in force changes. All that would be in force afterwards must fit together: a rule that
 * names an objective needs it. A document of the version that is in force changes nothing, and a freeze that somebody
 * started by hand is not pruned.
 */
export function decideApply(
  { documents, prune }: ApplyPolicies,
  applied: AppliedPolicies,
): PolicyDecision {
  const given = documents.map(({ version, document }) => appliedPolicyOf(version, document))
  const kept = new Set(given.map(policyKeyOf))
  const isLeftOut = (one: AppliedPolicy) => !kept.has(policyKeyOf(one)) && !isStartedByHand(one)
  const removed = prune ? [...applied.values()].filter(isLeftOut) : []
  const after = new Map(applied)
  for (const one of removed) after.delete(policyKeyOf(one))
  for (const one of given) after.set(policyKeyOf(one), one)
  const changes = given.map((one) => changeTo(one, applied.get(policyKeyOf(one))))
  const changed = given.filter((_, nth) => changes[nth]!.change !== 'unchanged')
  return fitting(after, changed, {
    events: [...changed.map(applicationEvent), ...removed.map(removalEvent)],
    changes: [...changes, ...removed.map(removalOf)],
  })
}

/** Decides a removal; what others name must stay. */
export function decideRemove(command: RemovePolicy, applied: AppliedPolicies): PolicyDecision {
  const found = applied.get(policyKeyOf(command))
  if (found === undefined) return { rejected: 'policy_not_found', misfits: [] }
  const after = new Map(applied)
  after.delete(policyKeyOf(found))
  return fitting(after, [], { events: [removalEvent(found)], changes: [removalOf(found)] })
}

function changeTo(
  { kind, name, version }: AppliedPolicy,
  before: AppliedPolicy | undefined,
): PolicyChange {
  const previous = before?.version ?? null
  if (previous === null) return { kind, name, change: 'added', version, previous }
  return { kind, name, change: previous === version ? 'unchanged' : 'changed', version, previous }
}

/** Returns what is told of a document that goes. */
export function removalOf({ kind, name, version }: AppliedPolicy): PolicyChange {
  return { kind, name, change: 'removed', version: null, previous: version }
}

function applicationEvent({ kind, name, version, written }: AppliedPolicy): PolicyEvent {
  return { type: 'policy.applied', data: { kind, name, version, document: written } }
}

/** Returns the event that takes a document out of force. */
export function removalEvent({ kind, name }: AppliedPolicy): PolicyEvent {
  return { type: 'policy.removed', data: { kind, name } }
}

/** What stays as it is was looked at before: only where something changes it may fit no longer. */
function fitting(
  after: AppliedPolicies,
  changed: readonly AppliedPolicy[],
  decision: Extract<PolicyDecision, { events: unknown }>,
): PolicyDecision {
  if (decision.events.length === 0) return decision
  const misfits = [...misfitsOf([...after.values()]), ...misfitsOfFreezes(changed)]
  return misfits.length === 0 ? decision : { rejected: 'policies_do_not_fit', misfits }
}

/** Freezes that could not work of which one change is told: to find one out may take half a second. */
const BAD_FREEZES_MAX = 10

/** A freeze fits whatever else is in force; only those that change are looked at. */
function misfitsOfFreezes(changed: readonly AppliedPolicy[]): PolicyMisfit[] {
  const misfits: PolicyMisfit[] = []
  let bad = 0
  for (const { kind, name, document } of changed) {
    if (document.kind !== 'Freeze' || bad === BAD_FREEZES_MAX) continue
    const findings = lintFreeze(document)
    if (findings.length > 0) bad += 1
    misfits.push(...findings.map((finding) => ({ ...finding, kind, name })))
  }
  return misfits
}

function misfitsOf(after: readonly AppliedPolicy[]): PolicyMisfit[] {
  const slos = after.flatMap(({ document }) => (document.kind === 'Slo' ? [document] : []))
  const misfits = after.flatMap(({ kind, name, document }) => {
    if (document.kind !== 'ReleasePolicy') return []
    return lintPolicy(document, slos).map((finding) => ({ ...finding, kind, name }))
  })
  const last = after.at(-1)
  if (last === undefined || after.length <= POLICIES_MAX) return misfits
  const message = `is one of ${after.length} documents; ${POLICIES_MAX} can be in force`
  return [...misfits, { kind: last.kind, name: last.name, path: [], message }]
}
