// The peer of `replay`: reads the log and the batches page by page and folds them with the product's own
// folds, in memory. It checks no hash and writes nothing.
import { performance } from 'node:perf_hooks'

import {
  DEFAULT_PROJECT,
  type EpochMs,
  type LogPosition,
  METRIC_SHARDS,
  type RecordedEvent,
  type ShardSeq,
} from '@portcullis/contracts'
import { unpackBatch } from '@portcullis/domain'
import { readEvents } from '@portcullis/event-log'
import {
  eventModels,
  foldInto,
  keyText,
  readBatches,
  type ReadModel,
  type Windows,
} from '@portcullis/projections'
import pg from 'pg'

import { serveParent } from '../children/serve-parent.ts'

const EVENTS_PER_PAGE = 5_000
const BATCHES_PER_PAGE = 500

export interface ReadAndFolded {
  readonly events: number
  readonly batches: number
  /** Rows that the folds of events made, of all read models together. */
  readonly rows: number
  readonly elapsedMs: number
}

async function readAndFold(connectionString: string): Promise<ReadAndFolded> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    const begin = performance.now()
    const batches = await foldBatches(client)
    const { events, rows } = await foldEvents(client)
    return { events, batches, rows, elapsedMs: performance.now() - begin }
  } finally {
    await client.end()
  }
}

async function foldEvents(client: pg.Client): Promise<{ events: number; rows: number }> {
  const tables = eventModels.map((model) => ({ model, rows: new Map<string, unknown>() }))
  let after = 0 as LogPosition
  let count = 0
  for (;;) {
    const range = { project: DEFAULT_PROJECT, after, limit: EVENTS_PER_PAGE }
    const events = await readEvents(client, range)
    const last = events.at(-1)
    if (last === undefined) break
    for (const { model, rows } of tables) foldPage(model, rows, events)
    after = last.position
    count += events.length
  }
  return { events: count, rows: tables.reduce((sum, { rows }) => sum + rows.size, 0) }
}

function foldPage(
  model: ReadModel<unknown>,
  rows: Map<string, unknown>,
  events: readonly RecordedEvent[],
): void {
  for (const event of events) {
    for (const key of model.keysOf(event)) {
      const text = keyText(key)
      rows.set(text, model.evolve(rows.get(text), event, key))
    }
  }
}

async function foldBatches(client: pg.Client): Promise<number> {
  const windows: Windows = new Map()
  let count = 0
  for (let shard = 0; shard < METRIC_SHARDS; shard += 1) {
    count += await foldShard(client, shard, windows)
  }
  return count
}

async function foldShard(client: pg.Client, shard: number, windows: Windows): Promise<number> {
  let after = { seq: 0 as ShardSeq, recordedAt: 0 as EpochMs }
  for (let count = 0; ;) {
    const range = { after, limit: BATCHES_PER_PAGE }
    const batches = await readBatches(client, { project: DEFAULT_PROJECT, shard }, range)
    const last = batches.at(-1)
    if (last === undefined) return count
    for (const batch of batches) {
      const unpacked = unpackBatch(batch.cells)
      if ('rejected' in unpacked) throw new Error(`Batch ${batch.seq}: ${unpacked.rejected}.`)
      foldInto(windows, { ...batch, cells: unpacked.cells })
    }
    after = { seq: last.seq, recordedAt: last.recordedAt }
    count += batches.length
  }
}

const methods = { readAndFold }
export type ReadingProcess = typeof methods

serveParent(methods)
