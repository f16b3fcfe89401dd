import {
  type EpochMs,
  MINUTE_MS,
  minuteStartOf,
  plusMs,
  type ProjectId,
} from '@portcullis/contracts'
import { MinuteCounts, minutesLookedAt } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { advance, countCells, countMinutes } from '../live/count-budgets.ts'
import type { BudgetLedger, WantedBudget } from '../live/live-budgets.ts'
import { batchesInSpan } from '../traffic/batches-in-span.ts'
import type { ShardHead } from '../traffic/batches.ts'
import { headsOf } from '../traffic/counted-heads.ts'

/** Up to where an objective is counted. */
export interface CountedUpTo {
  readonly head: ShardHead
  readonly asOf: EpochMs
  /** Whether the batches that came after the head are kept; else late requests of that time are counted with the others. */
  readonly isKept: boolean
}

/**
 * Counts an objective as it was counted at a shard's head: the stored minutes, and the batches up to the head that are not in
 * them, or without those that are in them and came after the head.
 */
export async function countBudgetAt(
  tx: Db,
  project: ProjectId,
  wanted: WantedBudget,
  { head, asOf, isKept }: CountedUpTo,
): Promise<BudgetLedger> {
  const counts = new MinuteCounts(minutesLookedAt(wanted.spec), asOf)
  await countMinutes(tx, project, { wanted, counts, until: asOf })
  const { minutes } = await headsOf(tx, project, wanted.shard)
  const ledger: BudgetLedger = { ...wanted, counts, upTo: minutes }
  if (minutes.seq < head.seq) await advance(tx, project, [ledger], head)
  else if (isKept) {
    // The minute that was running was counted whole.
    const span = { from: 0 as EpochMs, to: plusMs(minuteStartOf(asOf), MINUTE_MS) }
    const range = { after: head, through: minutes, scope: wanted.scope, span }
    for (const cells of await batchesInSpan(tx, project, range)) countCells(ledger, cells, -1)
  }
  return ledger
}
