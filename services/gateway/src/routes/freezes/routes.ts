import type { Gateway } from '../../zod-routes.ts'
import { addFreezeChanges, type FreezeChangeOptions } from './change-routes.ts'
import { addFreezeReads, type FreezeReadOptions } from './read-routes.ts'

export type FreezeOptions = FreezeChangeOptions & FreezeReadOptions

/** Freezes: which are on, which come next, and starting and ending one by hand. */
export async function addFreezes(scope: Gateway, options: FreezeOptions): Promise<void> {
  await scope.register((reads: Gateway) => addFreezeReads(reads, options))
  await scope.register((changes: Gateway) => addFreezeChanges(changes, options))
}
