import type { OperationsCommand } from '@portcullis/contracts'
import { type Announcement, decideRelease, newestRelease } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'
import { findRelease, readReleases } from '@portcullis/projections'

import type { DecisionContext } from './decide-commands.ts'
import { appendToReleases, lockReleases } from './release-stream.ts'
import type { OperationOutcome, WaitingOperation } from './run-operations.ts'

type Announce = Extract<OperationsCommand, { type: 'announce_release' }>

/** Announces a release; saying it again changes nothing. Answers with the release as it is known. */
export async function announceRelease(
  tx: Db,
  { project }: Pick<DecisionContext, 'project'>,
  operation: WaitingOperation & { command: Announce },
): Promise<OperationOutcome> {
  const { type: _, labels = {}, ...announced } = operation.command
  const seen: Announcement = { ...announced, labels, source: 'api' }
  await lockReleases(tx, project, seen)
  const known = await readReleases(tx, project, seen)
  const same = await findRelease(tx, project, seen)
  const events = decideRelease(seen, { same, newest: newestRelease(known) })
  await appendToReleases(tx, project, { operation, scope: seen, events, occurredAt: seen.at })
  const release = await findRelease(tx, project, seen)
  return { result: { release, is_new: same === undefined }, deliveries: [] }
}
