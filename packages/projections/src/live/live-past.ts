import {
  type EpochMs,
  HOUR_MS,
  hourStartOf,
  minuteStartOf,
  plusMs,
  type ProjectId,
  type RouteName,
  type ServiceName,
} from '@portcullis/contracts'
import {
  type BatchCells,
  type Cell,
  mergeCells,
  type RouteCells,
  type Span,
} from '@portcullis/domain'
import { type Db, inTransaction } from '@portcullis/event-log'
import type { Pool } from 'pg'

import { batchesInSpan } from '../traffic/batches-in-span.ts'
import type { ShardHead } from '../traffic/batches.ts'
import { headsOf } from '../traffic/counted-heads.ts'
import { eachHour, storedRoutes } from '../traffic/query-hours.ts'
import { serviceKeyOf, type ServiceScope } from '../traffic/windows.ts'
import type { ShardTraffic } from './live-traffic.ts'

/** A window of a service that ended so long ago. */
export interface PastAsked {
  readonly scope: ServiceScope
  readonly agoMs: number
  readonly windowMs: number
}

interface Kept {
  readonly minute: EpochMs
  readonly cells: RouteCells | null
}

/** What is asked of the past, and as of which heads. */
export interface PastFollowed {
  readonly asked: readonly PastAsked[]
  readonly now: EpochMs
  readonly shards: readonly ShardTraffic[]
  readonly shardOf: (service: ServiceName) => number
}

/**
 * What routes did a while ago, by whole minutes, as of the heads of the shards: what was reported late is added when it comes.
 */
export class LivePast {
  readonly #kept = new Map<string, Kept>()

  /**
   * Reads what is asked for, once a minute and when something late came, and forgets all else. Returns whether nothing was
   * read beyond the heads.
   */
  async follow(
    pool: Pool,
    project: ProjectId,
    { asked, now, shards, shardOf }: PastFollowed,
  ): Promise<boolean> {
    const minute = minuteStartOf(now)
    const keys = new Set(asked.map(keyOf))
    for (const key of this.#kept.keys()) if (!keys.has(key)) this.#kept.delete(key)
    const late = new Set(shards.flatMap((one) => [...one.late]))
    for (const { late: told } of shards) told.clear()
    let isKnown = true
    for (const one of asked) {
      const isLate = late.has(serviceKeyOf(one.scope))
      if (!isLate && this.#kept.get(keyOf(one))?.minute === minute) continue
      const { head } = shards.find(({ head: { shard } }) => shard === shardOf(one.scope.service))!
      const { cells, seq } = await readPast(pool, project, { ...one, span: spanOf(one, now), head })
      this.#kept.set(keyOf(one), { minute, cells })
      isKnown &&= seq <= head.seq
    }
    return isKnown
  }

  /** Takes in what was read elsewhere. */
  put(asked: PastAsked, kept: Kept): void {
    this.#kept.set(keyOf(asked), kept)
  }

  /** Null where nothing is known of that time. */
  of(asked: PastAsked): RouteCells | null {
    return this.#kept.get(keyOf(asked))?.cells ?? null
  }
}

/** Returns the whole minutes that are looked at as of an instant. */
export function spanOf({ agoMs, windowMs }: PastAsked, now: EpochMs): Span {
  const to = plusMs(minuteStartOf(now), -agoMs)
  return { from: plusMs(to, -windowMs), to }
}

interface PastSpan extends PastAsked {
  readonly span: Span
  readonly head: ShardHead
}

/** Reads stored minutes, and the batches up to a head that are not in them; returns up to which batch it knows. */
async function readPast(
  pool: Pool,
  project: ProjectId,
  { scope, span, head }: PastSpan,
): Promise<{ readonly cells: RouteCells | null; readonly seq: number }> {
  // One snapshot: what is in the minutes is not added to them again.
  const begin = 'begin isolation level repeatable read read only'
  return inTransaction(
    pool,
    async (tx) => {
      const { minutes } = await headsOf(tx, project, head.shard)
      const found = await storedCells(tx, project, { scope, span })
      if (minutes.seq < head.seq) {
        const range = { after: minutes, through: head, scope, span }
        for (const cells of await batchesInSpan(tx, project, range)) addTo(found, cells)
      }
      return { cells: mergedCells(found), seq: minutes.seq }
    },
    begin,
  )
}

/** Cells of a time, by route. */
export type FoundCells = Map<RouteName, Cell[]>

/** Returns the cells of stored minutes. */
export async function storedCells(
  tx: Db,
  project: ProjectId,
  { scope, span: { from, to } }: { readonly scope: ServiceScope; readonly span: Span },
): Promise<FoundCells> {
  const hours = { from: hourStartOf(from), to: plusMs(hourStartOf(plusMs(to, -1)), HOUR_MS) }
  const found: FoundCells = new Map()
  const routes = await storedRoutes(tx, project, scope)
  await eachHour(tx, project, { scope, routes, hours }, (route, hour) => {
    for (const [minute, versions] of hour) {
      if (minute < from || minute >= to) continue
      for (const cell of versions.values()) addCellTo(found, route, cell)
    }
  })
  return found
}

/** Adds the cells of a batch. */
export function addTo(found: FoundCells, batch: BatchCells): void {
  for (const routes of batch.values()) {
    for (const [route, cell] of routes) addCellTo(found, route, cell)
  }
}

/** Adds a cell to those of its route. */
export function addCellTo(found: FoundCells, route: RouteName, cell: Cell): void {
  const cells = found.get(route)
  if (cells === undefined) found.set(route, [cell])
  else cells.push(cell)
}

/** Returns the sums; null where nothing was found. */
export function mergedCells(found: FoundCells): RouteCells | null {
  if (found.size === 0) return null
  return new Map([...found].map(([route, cells]) => [route, mergeCells(cells)]))
}

function keyOf({ scope, agoMs, windowMs }: PastAsked): string {
  return `${serviceKeyOf(scope)}\n${agoMs}\n${windowMs}`
}
