import type { PolicyKind, PolicyName, PolicyVersion } from '@portcullis/contracts'
import {
  type AppliedPolicies,
  type AppliedPolicy,
  appliedPolicyOf,
  policyKeyOf,
} from '@portcullis/domain'

/** A document that was applied or removed. */
export interface ChangedPolicy {
  readonly kind: PolicyKind
  readonly name: PolicyName
  readonly version: PolicyVersion
  /** JSON. */
  readonly document: string
  readonly isRemoved: boolean
}

/** SQL for the documents of project $1 that changed after position $2: one JSON value, null where none did. */
export const POLICIES_CHANGED = `select json_agg(json_build_object('kind', kind, 'name', name,
    'version', policy_version, 'document', document, 'isRemoved', is_removed))
  from policies where project_id = $1 and position > $2`

/** Everything that is in force; a document is read once, when it is applied. */
export class LivePolicies {
  #applied: ReadonlyMap<string, AppliedPolicy> = new Map()

  /** In a map that no later change touches. */
  get applied(): AppliedPolicies {
    return this.#applied
  }

  get size(): number {
    return this.#applied.size
  }

  /** Takes in documents as they are now. */
  note(changed: readonly ChangedPolicy[]): void {
    if (changed.length === 0) return
    const applied = new Map(this.#applied)
    for (const { kind, name, version, document, isRemoved } of changed) {
      const key = policyKeyOf({ kind, name })
      if (isRemoved) applied.delete(key)
      else applied.set(key, appliedPolicyOf(version, JSON.parse(document)))
    }
    this.#applied = applied
  }
}
