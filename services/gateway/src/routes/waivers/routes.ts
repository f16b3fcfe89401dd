import type { Gateway } from '../../zod-routes.ts'
import { addWaiverChanges, type WaiverChangeOptions } from './change-routes.ts'
import { addWaiverReads, type WaiverReadOptions } from './read-routes.ts'

export type WaiverOptions = WaiverChangeOptions & WaiverReadOptions

/** Waivers: letting something through for a time, and who did. */
export async function addWaivers(scope: Gateway, options: WaiverOptions): Promise<void> {
  await scope.register((reads: Gateway) => addWaiverReads(reads, options))
  await scope.register((changes: Gateway) => addWaiverChanges(changes, options))
}
