import { type LogPosition, METRIC_SHARDS, type ProjectId, SECOND_MS } from '@portcullis/contracts'
import { readHead } from '@portcullis/event-log'
import type { Pool, PoolClient } from 'pg'

import { connectForRebuild } from './connect-for-rebuild.ts'
import { cutOverTable } from './cut-over.ts'
import { replayEvents } from './replay-events.ts'
import { replayTraffic, type TrafficReplayed } from './replay-traffic.ts'
import { createScratch } from './scratch.ts'
import { areTablesHeld } from './tables-held.ts'
import { findHorizons, type Horizons, projectionTables } from './tables.ts'
import { dateOf } from './verify.ts'

/** What a replay did. */
export interface Replay {
  readonly events: number
  readonly batches: number
  /** Rows of live tables that were not what the log says, and now are. */
  readonly mended: number
}

/** Near enough to the log's end to hold everybody up for the rest. */
const CATCH_UP_EVENTS = 1_000

/** Longest wait for the tables' locks before everybody else is let through again. */
const LOCK_TIMEOUT_MS = 500
const LOCK_TRIES_MAX = 60

/**
 * Rebuilds every projection beside the live one while the system goes on, and cuts over: holds the
 * writers still, folds what came meanwhile, and replaces the rows that differ. Readers are never
 * held up, and no event is lost: whoever appends waits for the cut-over and folds into its result.
 *
 * Throws where the chain is broken, a fold throws, or somebody holds a table for half a minute; the
 * live tables are then as they were.
 */
export async function replayProjections(
  pool: Pool,
  project: ProjectId,
  onProgress?: (position: LogPosition) => void,
): Promise<Replay> {
  const session = await connectForRebuild(pool)
  const reader = await pool.connect()
  try {
    for (const connection of [session, reader]) {
      await connection.query('set statement_timeout = 0')
      await connection.query('set idle_in_transaction_session_timeout = 0')
    }
    await createScratch(session, projectionTables)
    const rebuild = { session, reader, project, onProgress }
    const horizons = await findHorizons(session, project)
    const traffic = await replayTraffic(session, { project, bucketsSince: horizons.buckets })
    const after = await catchUp(rebuild)
    return await cutOver(rebuild, { after, traffic, horizons })
  } finally {
    // Settings and temporary tables go with the connections.
    session.release(true)
    reader.release(true)
  }
}

interface Rebuild {
  readonly session: PoolClient
  readonly reader: PoolClient
  readonly project: ProjectId
  readonly onProgress: ((position: LogPosition) => void) | undefined
}

async function catchUp({ session, reader, project, onProgress }: Rebuild): Promise<LogPosition> {
  let after = 0 as LogPosition
  for (;;) {
    const { position: through } = await readHead(reader, project)
    if (after > 0 && through - after < CATCH_UP_EVENTS) return after
    await replayEvents(session, reader, { project, after, through, onProgress })
    if (through === after) return after
    after = through
  }
}

/** What was rebuilt before the writers were held still. */
interface Rebuilt {
  readonly after: LogPosition
  readonly traffic: TrafficReplayed
  readonly horizons: Horizons
}

async function cutOver(rebuild: Rebuild, { after, traffic, horizons }: Rebuilt): Promise<Replay> {
  const { session, project, onProgress } = rebuild
  await lockWriters(rebuild)
  try {
    // From here on nobody appends: what is read on this connection is all there is.
    const { position: through } = await readHead(session, project)
    await replayEvents(session, session, { project, after, through, onProgress })
    const given = { project, bucketsSince: horizons.buckets }
    const { batches } = await replayTraffic(session, given, traffic)
    let mended = 0
    for (const table of projectionTables) {
      mended += await cutOverTable(session, table, {
        project,
        horizon: dateOf(horizons[table.horizon]),
      })
    }
    await session.query('commit')
    return { events: through, batches, mended }
  } catch (error) {
    await session.query('rollback')
    throw error
  }
}

/**
 * Opens the transaction of the cut-over with everything locked that writers need, in the order in
 * which they take it: shard heads, then the log's head, then the tables, which are written by whoever
 * holds the head. (Tables first would stand in the way of whoever has just got it, every time.)
 * Readers go on. A queue behind a lock that is not to be had would hold up everybody, so it is not
 * even asked for while a session holds a table for long, the wait is short, and tried again.
 */
async function lockWriters({ session, project }: Rebuild): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const isLast = tries >= LOCK_TRIES_MAX
    if (isLast || !(await areTablesHeld(session, LOCK_TIMEOUT_MS))) {
      const error = await tryLock(session, project)
      if (error === null) return
      if (isLast) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, SECOND_MS / 2))
  }
}

/** Returns null with everything locked, or the error of a lock that was not to be had. */
async function tryLock(session: PoolClient, project: ProjectId): Promise<Error | null> {
  try {
    await session.query('begin')
    await session.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`)
    for (let shard = 0; shard < METRIC_SHARDS; shard += 1) {
      await session.query(
        'select from shard_heads where project_id = $1 and shard = $2 for update',
        [project, shard],
      )
    }
    await session.query('select from log_heads where project_id = $1 for update', [project])
    for (const { table } of projectionTables) {
      await session.query(`lock table public.${table} in share row exclusive mode`)
    }
    await session.query('set local lock_timeout = 0')
    return null
  } catch (error) {
    await session.query('rollback')
    if (isLockTimeout(error)) return error
    throw error
  }
}

/** SQLSTATE of lock_not_available, and of deadlock_detected. */
function isLockTimeout(error: unknown): error is Error {
  return (
    error instanceof Error && 'code' in error && (error.code === '55P03' || error.code === '40P01')
  )
}
