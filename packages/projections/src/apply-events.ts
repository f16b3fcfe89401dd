import type { ProjectId, RecordedEvent } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import { keyText, loadRows, type ReadModel, type RowKey, saveRows } from './read-model.ts'

/** Rows that a caller has read (and locked) already, or wants to keep: by table, then by key text. */
export type RowCache = Map<string, Map<string, unknown>>

/**
 * Folds events, in the order of their positions, into every read model: loads the rows they touch
 * (unless `cache` has them), evolves them, and saves each once. Returns the rows by table.
 */
export async function applyEvents(
  db: Db,
  models: readonly ReadModel<unknown>[],
  {
    project,
    events,
    cache = new Map(),
  }: { project: ProjectId; events: readonly RecordedEvent[]; cache?: RowCache },
): Promise<RowCache> {
  for (const model of models) {
    const touched = await foldInto(db, model, { project, events, cache })
    await saveRows(db, model, { project, rows: [...touched.values()] })
  }
  return cache
}

/** Evolves the rows of one model in `cache` and returns those that changed, by key text. */
export async function foldInto(
  db: Db,
  model: ReadModel<unknown>,
  {
    project,
    events,
    cache,
  }: { project: ProjectId; events: readonly RecordedEvent[]; cache: RowCache },
): Promise<Map<string, unknown>> {
  const mine = events.flatMap((event) =>
    model.keysOf(event).map((key) => ({ event, key, text: keyText(key) })),
  )
  const rows = rowsOf(cache, model.table)
  const missing = new Map<string, RowKey>()
  for (const { key, text } of mine) if (!rows.has(text)) missing.set(text, key)
  const loaded = await loadRows(db, model, { project, keys: [...missing.values()] })
  for (const [text, row] of loaded) rows.set(text, row)
  const touched = new Map<string, unknown>()
  for (const { event, key, text } of mine) {
    const row = model.evolve(rows.get(text), event, key)
    rows.set(text, row)
    touched.set(text, row)
  }
  return touched
}

function rowsOf(cache: RowCache, table: string): Map<string, unknown> {
  const known = cache.get(table)
  if (known !== undefined) return known
  const rows = new Map<string, unknown>()
  cache.set(table, rows)
  return rows
}
