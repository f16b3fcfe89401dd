import type { EpochMs, ProjectId, ReleaseEvent } from '@portcullis/contracts'
import type { Release } from '@portcullis/domain'
import { type Db, releaseStream } from '@portcullis/event-log'
import { appendAndFold, streamVersion } from '@portcullis/projections'

import { commandMeta } from './command-meta.ts'
import type { WaitingOperation } from './run-operations.ts'

/** Whose releases share a stream. */
type ReleaseScope = Pick<Release, 'service' | 'environment'>

/**
 * Holds up other commands on the releases of a service and environment until the transaction ends: the second of two
 * that come at once then sees what the first one did, and neither has to be tried again. The aggregator, which
 * notes new versions, does not take it: it and a command may still be in each other's way, and one is tried again.
 */
export async function lockReleases(tx: Db, project: ProjectId, scope: ReleaseScope): Promise<void> {
  const stream = releaseStream(scope.service, scope.environment)
  const lock = `portcullis.releases.${project}.${stream}`
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [lock])
}

/** Appends what was decided on releases of one service and environment. */
export async function appendToReleases(
  tx: Db,
  project: ProjectId,
  given: {
    readonly operation: WaitingOperation
    readonly scope: ReleaseScope
    readonly events: readonly ReleaseEvent[]
    readonly occurredAt: EpochMs
  },
): Promise<void> {
  const { operation, scope, events, occurredAt } = given
  const streamId = releaseStream(scope.service, scope.environment)
  const version = await streamVersion(tx, project, streamId)
  await appendAndFold(
    tx,
    project,
    events.map((event, nth) => ({
      streamId,
      version: version + nth + 1,
      event,
      meta: commandMeta(operation),
      occurredAt,
    })),
  )
}
