import type { ProjectId, RecordedEvent } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import { keyText, loadRows, type ReadModel, type RowKey, saveRows } from './read-model.ts'

/** Rows that a caller has read (and locked) already, or wants to keep: by table, then by key text. */
export type RowCache = Map<string, Map<string, unknown>>

/** Events to fold, and the rows that are known already. */
export interface FoldedEvents {
  readonly project: ProjectId
  readonly events: readonly RecordedEvent[]
  /** Gets the rows that were loaded and evolved. */
  readonly cache: RowCache
}

/** What is written once events are folded: by model, the rows that changed. */
export type Changes = readonly {
  readonly model: ReadModel<unknown>
  readonly rows: readonly unknown[]
}[]

/**
 * Folds events, in the order of their positions, into every read model: loads the rows they touch
 * (unless `cache` has them), evolves them, and saves each once. Returns the rows by table.
 */
export async function applyEvents(
  db: Db,
  models: readonly ReadModel<unknown>[],
  { project, events, cache = new Map() }: Omit<FoldedEvents, 'cache'> & { cache?: RowCache },
): Promise<RowCache> {
  const changes = await foldEvents(db, models, { project, events, cache })
  await saveChanges(db, project, changes)
  return cache
}

/**
 * Loads the rows that events touch and evolves them in `cache`; writes nothing. Each model has a table
 * of its own, so all that is missing is asked for at once.
 */
export async function foldEvents(
  db: Db,
  models: readonly ReadModel<unknown>[],
  folded: FoldedEvents,
): Promise<Changes> {
  return Promise.all(
    models.map(async (model) => {
      const touched = await foldInto(db, model, folded)
      return { model, rows: [...touched.values()] }
    }),
  )
}

/** Saves what changed, in the order of the models; all of it is sent at once. */
export async function saveChanges(db: Db, project: ProjectId, changes: Changes): Promise<void> {
  await Promise.all(changes.map(({ model, rows }) => saveRows(db, model, { project, rows })))
}

/** Evolves the rows of one model in `cache` and returns those that changed, by key text. */
export async function foldInto(
  db: Db,
  model: ReadModel<unknown>,
  { project, events, cache }: FoldedEvents,
): Promise<Map<string, unknown>> {
  const mine = events.flatMap((event) =>
    model.keysOf(event).map((key) => ({ event, key, text: keyText(key) })),
  )
  const rows = rowsOf(cache, model.table)
  const missing = new Map<string, RowKey>()
  const begun = new Set<string>()
  for (const { event, key, text } of mine) {
    if (rows.has(text) || begun.has(text)) continue
    if (model.begins?.(event) === true) begun.add(text)
    else missing.set(text, key)
  }
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

/** Returns the rows of a table, which get a place of their own where there was none. */
export function rowsOf(cache: RowCache, table: string): Map<string, unknown> {
  const known = cache.get(table)
  if (known !== undefined) return known
  const rows = new Map<string, unknown>()
  cache.set(table, rows)
  return rows
}
