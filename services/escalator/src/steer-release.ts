import { decideReleaseCommand, type ReleaseCommand } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'
import { findRelease, readReleases } from '@portcullis/projections'

import type { DecisionContext } from './decide-commands.ts'
import { presentOf } from './fire-timers.ts'
import { appendToReleases, lockReleases } from './release-stream.ts'
import type { OperationOutcome, WaitingOperation } from './run-operations.ts'

/** Does to a release what was asked. Answers with the release as it is then, also where that was so already. */
export async function steerRelease(
  tx: Db,
  { project }: Pick<DecisionContext, 'project'>,
  operation: WaitingOperation & { command: ReleaseCommand },
): Promise<OperationOutcome> {
  const { command, actor } = operation
  await lockReleases(tx, project, command)
  const known = await readReleases(tx, project, command)
  const named = await findRelease(tx, project, command)
  const others = known.filter(({ version }) => version !== command.version)
  const releases = named === undefined ? others : [...others, named]
  const now = await presentOf(tx)
  const decision = decideReleaseCommand(command, { releases, by: actor.id, now })
  if ('rejected' in decision) {
    const result = { reason: decision.rejected, release: named ?? null }
    return { result, isRejected: true, deliveries: [] }
  }
  const { events } = decision
  await appendToReleases(tx, project, { operation, scope: command, events, occurredAt: now })
  const release = await findRelease(tx, project, command)
  return { result: { release }, deliveries: [] }
}
