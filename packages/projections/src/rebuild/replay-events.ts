import type { LogPosition, ProjectId } from '@portcullis/contracts'
import { type Db, readAll } from '@portcullis/event-log'

import { foldInto, type RowCache } from '../apply-events.ts'
import { eventModels } from '../models.ts'
import { saveRows } from '../read-model.ts'

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
 * Folds a part of the log, its chain checked on the way, into the tables that `session` sees, by the
 * folds of live appends and nothing else: no timer is set and nothing is sent. While one chunk is
 * written, the next one is read and folded, so `reader` is another connection where speed counts.
 *
 * Throws where the chain is broken, and where a fold throws.
 */
export async function replayEvents(
  session: Db,
  reader: Db,
  { project, after, through, onProgress }: ReplayedRange,
): Promise<void> {
  let cache: RowCache = new Map()
  let writing: Promise<void> = Promise.resolve()
  for await (const events of readAll(reader, { project, after, through, checkChain: true })) {
    const changed: (readonly unknown[])[] = []
    for (const model of eventModels) {
      const touched = await foldInto(session, model, { project, events, cache })
      changed.push([...touched.values()])
    }
    await writing
    writing = saveAll(session, project, changed)
    writing.catch(() => {
      // It is awaited above or below, and thrown there; nobody may be ended by it before.
    })
    if (sizeOf(cache) > ROWS_KEPT_MAX) {
      await writing
      cache = new Map()
    }
    onProgress?.(events.at(-1)!.position)
  }
  await writing
}

async function saveAll(
  session: Db,
  project: ProjectId,
  changed: readonly (readonly unknown[])[],
): Promise<void> {
  for (const [index, model] of eventModels.entries()) {
    await saveRows(session, model, { project, rows: changed[index]! })
  }
}

function sizeOf(cache: RowCache): number {
  let size = 0
  for (const rows of cache.values()) size += rows.size
  return size
}
