import type { Gateway } from '../../zod-routes.ts'
import { addPolicyChanges, type PolicyChangeOptions } from './change-routes.ts'
import { addPolicyReads, type PolicyReadOptions } from './read-routes.ts'

export type PolicyOptions = PolicyChangeOptions & PolicyReadOptions

/** Policies, objectives and freezes: what is in force, what was, and changing it. */
export async function addPolicies(scope: Gateway, options: PolicyOptions): Promise<void> {
  await scope.register((reads: Gateway) => addPolicyReads(reads, options))
  await scope.register((changes: Gateway) => addPolicyChanges(changes, options))
}
