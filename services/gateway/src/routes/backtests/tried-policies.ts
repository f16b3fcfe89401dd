import { type AppliedPolicies, appliedPolicyOf, decideApply, policyKeyOf } from '@portcullis/domain'

import { problemOfPolicyRefusal } from '../../commands/rejection.ts'
import type { GivenDocuments } from '../policies/read-documents.ts'

type GivenDocument = GivenDocuments[number]

/**
 * Returns what would be in force if documents were applied. The policies among them count as enforced, whatever mode they have:
 * who tries one wants to see what it would block. A weaker mode of a rule stays. Throws POLICIES_DO_NOT_FIT where applying
 * them would be refused.
 */
export function triedPolicies(
  given: { readonly documents: GivenDocuments; readonly prune: boolean },
  applied: AppliedPolicies,
): AppliedPolicies {
  const decision = decideApply({ type: 'apply_policies', ...given }, applied)
  if ('rejected' in decision) {
    throw problemOfPolicyRefusal({ reason: decision.rejected, misfits: decision.misfits })
  }
  const after = new Map(applied)
  for (const change of decision.changes) {
    if (change.change === 'removed') after.delete(policyKeyOf(change))
  }
  for (const { version, document } of given.documents.map(enforced)) {
    const one = appliedPolicyOf(version, document)
    after.set(policyKeyOf(one), one)
  }
  return after
}

function enforced(given: GivenDocument): GivenDocument {
  const { document } = given
  if (document['kind'] !== 'ReleasePolicy') return given
  const spec = { ...(document['spec'] as object), mode: 'enforce' }
  return { ...given, document: { ...document, spec } as GivenDocument['document'] }
}
