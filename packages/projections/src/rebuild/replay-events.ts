import type { LogPosition, ProjectId } from '@portcullis/contracts'
import { type Db, readAll } from '@portcullis/event-log'
import type { PoolClient } from 'pg'

import { foldInto, type RowCache, rowsOf } from '../apply-events.ts'
import { eventModels } from '../models.ts'
import { copyRows } from './copy-rows.ts'

/** Which part of the log is replayed. */
export interface ReplayedRange {
  readonly project: ProjectId
  /** The last position whose folds the tables hold already. */
  readonly after: LogPosition
  readonly through: LogPosition
  readonly onProgress?: ((position: LogPosition) => void) | undefined
}

/** Rows that are kept in memory from chunk to chunk; beyond, they are read again. */
const ROWS_KEPT_MAX = 50_000

/**
 * Changed rows that are written together. An incident's events lie a few thousand positions apart: a row that
 * waits for others is written once, and not with each chunk in which it changes (bench `replay`).
 */
const ROWS_WRITTEN_TOGETHER = 8_000

/**
 * Folds a part of the log, its chain checked on the way, into the tables that `session` sees, by the
 * folds of live appends and nothing else: no timer is set and nothing is sent. While rows are
 * written, the next chunks are read and folded, so `reader` is another connection where speed counts.
 *
 * Throws where the chain is broken, and where a fold throws.
 */
export async function replayEvents(
  session: PoolClient,
  reader: Db,
  { project, after, through, onProgress }: ReplayedRange,
): Promise<void> {
  let cache: RowCache = new Map()
  let changed: RowCache = new Map()
  let writing: Promise<void> = Promise.resolve()
  // A row that is missed is looked for in what has been written.
  const loader: Db = {
    query: async (...given) => {
      await writing
      return session.query(...given)
    },
  }
  const write = async (): Promise<void> => {
    await writing
    writing = saveAll(session, project, changed)
    changed = new Map()
    writing.catch(() => {
      // It is awaited above or below, and thrown there; nobody may be ended by it before.
    })
  }
  for await (const events of readAll(reader, { project, after, through, checkChain: true })) {
    for (const model of eventModels) {
      const touched = await foldInto(loader, model, { project, events, cache })
      const rows = rowsOf(changed, model.table)
      for (const [key, row] of touched) rows.set(key, row)
    }
    if (sizeOf(changed) >= ROWS_WRITTEN_TOGETHER) await write()
    if (sizeOf(cache) > ROWS_KEPT_MAX) {
      await write()
      await writing
      cache = new Map()
    }
    onProgress?.(events.at(-1)!.position)
  }
  await write()
  await writing
}

async function saveAll(session: PoolClient, project: ProjectId, changed: RowCache): Promise<void> {
  for (const model of eventModels) {
    const rows = [...rowsOf(changed, model.table).values()]
    await copyRows(session, model, { project, rows })
  }
}

function sizeOf(rowsByTable: RowCache): number {
  let size = 0
  for (const rows of rowsByTable.values()) size += rows.size
  return size
}
