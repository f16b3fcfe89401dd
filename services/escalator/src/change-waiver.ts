import { decideWaiver, type WaiverCommand } from '@portcullis/domain'
import { type Db, waiverStream } from '@portcullis/event-log'
import { appendAndFold, findWaiver } from '@portcullis/projections'

import { commandMeta } from './command-meta.ts'
import type { DecisionContext } from './decide-commands.ts'
import { presentOf } from './fire-timers.ts'
import type { OperationOutcome, WaitingOperation } from './run-operations.ts'

/** Grants, approves or revokes a waiver. Answers with the waiver as it is then. */
export async function changeWaiver(
  tx: Db,
  { project }: Pick<DecisionContext, 'project'>,
  operation: WaitingOperation & { command: WaiverCommand },
): Promise<OperationOutcome> {
  const { command, actor } = operation
  // Locked: of two people who approve and revoke it at once each decides after the other.
  const row = await findWaiver(tx, project, { id: command.waiverId, lock: true })
  const now = await presentOf(tx)
  const decision = decideWaiver(command, row?.waiver, { now, actor })
  if ('rejected' in decision) {
    const result = { reason: decision.rejected, waiver: row ?? null }
    return { result, isRejected: true, deliveries: [] }
  }
  await appendAndFold(
    tx,
    project,
    decision.events.map((event, index) => ({
      streamId: waiverStream(command.waiverId),
      version: (row?.version ?? 0) + index + 1,
      event,
      meta: commandMeta(operation),
      occurredAt: now,
    })),
  )
  const after = await findWaiver(tx, project, { id: command.waiverId })
  return { result: { waiver: after, is_new: row === undefined }, deliveries: [] }
}
