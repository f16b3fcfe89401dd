import type { EpochMs, LogPosition, ProjectId } from '@portcullis/contracts'
import { readHead } from '@portcullis/event-log'
import type { Pool, PoolClient } from 'pg'

import { compareTable, type Difference } from './compare.ts'
import { connectForRebuild } from './connect-for-rebuild.ts'
import { replayEvents } from './replay-events.ts'
import { replayTraffic } from './replay-traffic.ts'
import { createScratch } from './scratch.ts'
import { findHorizons, projectionTables } from './tables.ts'

/** What a verification found. */
export interface Verification {
  readonly events: number
  readonly batches: number
  /** The first differences of each table; none where every projection is what the log says. */
  readonly differences: readonly Difference[]
}

/** Differences that are told of each table. */
const DIFFERENCES_MAX = 10

/**
 * Rebuilds every projection from truth and compares it with the live one, column by column, in one
 * REPEATABLE READ snapshot: the system may go on meanwhile, and nothing is written but temporary
 * tables.
 *
 * Throws where the chain is broken or truth cannot be folded.
 */
export async function verifyProjections(
  pool: Pool,
  project: ProjectId,
  onProgress?: (position: LogPosition) => void,
): Promise<Verification> {
  const session = await connectForRebuild(pool)
  try {
    await session.query('begin isolation level repeatable read')
    // A rebuild of a long log takes longer than any statement of a service may.
    await session.query('set local statement_timeout = 0')
    await session.query('set local idle_in_transaction_session_timeout = 0')
    return await verifyIn(session, project, onProgress)
  } finally {
    // The temporary tables go with the connection.
    session.release(true)
  }
}

async function verifyIn(
  session: PoolClient,
  project: ProjectId,
  onProgress: ((position: LogPosition) => void) | undefined,
): Promise<Verification> {
  const horizons = await findHorizons(session, project)
  const { position: through } = await readHead(session, project)
  await createScratch(session, projectionTables)
  const after = 0 as LogPosition
  await replayEvents(session, session, { project, after, through, onProgress })
  const { batches } = await replayTraffic(session, { project, bucketsSince: horizons.buckets })
  const differences: Difference[] = []
  for (const table of projectionTables) {
    const horizon = dateOf(horizons[table.horizon])
    differences.push(
      ...(await compareTable(session, table, { project, horizon, limit: DIFFERENCES_MAX })),
    )
  }
  return { events: through, batches, differences }
}

/** Returns the horizon as Postgres takes it. */
export function dateOf(instant: EpochMs): Date {
  return new Date(instant)
}
