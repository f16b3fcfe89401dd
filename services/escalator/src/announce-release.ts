import type { OperationsCommand, ProjectId } from '@portcullis/contracts'
import { decideRelease, newestRelease, type Release } from '@portcullis/domain'
import { type Db, releaseStream } from '@portcullis/event-log'
import { appendAndFold, readReleases, streamVersion } from '@portcullis/projections'

import type { OperationOutcome, WaitingOperation } from './run-operations.ts'

type Announcement = Extract<OperationsCommand, { type: 'announce_release' }>

/** Announces a release; saying it again changes nothing. Answers with the release as it is known. */
export async function announceRelease(
  tx: Db,
  project: ProjectId,
  { id, command, actor, via, correlationId }: WaitingOperation & { command: Announcement },
): Promise<OperationOutcome> {
  const { type: _, ...announced } = command
  const known = await readReleases(tx, project, command)
  const same = known.find((release) => release.version === command.version)
  const seen: Release = { ...announced, source: 'api' }
  const events = decideRelease(seen, { same, newest: newestRelease(known) })
  const streamId = releaseStream(command.service, command.environment)
  const version = await streamVersion(tx, project, streamId)
  const meta = { actor, via, commandId: id, correlationId, causationId: null }
  await appendAndFold(
    tx,
    project,
    events.map((event, index) => ({
      streamId,
      version: version + index + 1,
      event,
      meta,
      occurredAt: command.at,
    })),
  )
  const after = await readReleases(tx, project, command)
  const release = after.find((one) => one.version === command.version)
  return { result: { release, is_new: same === undefined }, deliveries: [] }
}
