import { decideTimer } from '@portcullis/domain'
import { restoreTimers } from '@portcullis/projections'

import type { DecisionContext } from './decide-commands.ts'
import { presentOf } from './fire-timers.ts'

/** Makes timers again that were lost, and returns how many. */
export async function restoreMissing({
  pool,
  project,
  contextAt,
}: DecisionContext): Promise<number> {
  const context = contextAt(await presentOf(pool))
  return restoreTimers(
    pool,
    project,
    ({ state }, newest) => decideTimer(newest, state, context).step.step !== 'none',
  )
}
