import { type EpochMs, OTHER_ROUTE, type ProjectId, type RouteName } from '@portcullis/contracts'
import { addCellAt, type BatchCells, type OpenCell } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'
import {
  countRoutesHeld,
  type KnownRoutes,
  loadRoutes,
  serviceKeyOf,
  type ServiceScope,
} from '@portcullis/projections'

import type { ShardCache } from './shard-cache.ts'

/** How many routes are counted by name. */
export interface RouteLimits {
  readonly routesPerService: number
  readonly routesPerProject: number
}

interface OpenBatch extends ServiceScope {
  readonly cells: BatchCells
}

/**
 * Decides which routes are counted by name, before anything is stored: a new route beyond the cap of
 * its service or of the project is counted as `OTHER`, for good. Changes the cells of such batches
 * in place, and returns for each batch whether it did.
 */
export async function capRoutes(
  tx: Db,
  { project, limits, cache }: { project: ProjectId; limits: RouteLimits; cache: ShardCache },
  batches: readonly OpenBatch[],
): Promise<boolean[]> {
  let adding = 0
  for (const batch of batches) {
    const known = await knownRoutes(tx, project, { cache, scope: batch })
    adding += newRoutesOf(batch.cells, known).size
  }
  if (adding === 0) return batches.map(() => false)
  const max = limits.routesPerProject
  let projectCount = await countRoutesHeld(tx, project, { adding, max })
  const changed: boolean[] = []
  for (const batch of batches) {
    const known = await knownRoutes(tx, project, { cache, scope: batch })
    const refused = new Set<RouteName>()
    for (const route of newRoutesOf(batch.cells, known)) {
      if (known.size >= limits.routesPerService || projectCount >= max) {
        refused.add(route)
        continue
      }
      // The day is written when the batch has its time.
      known.set(route, '')
      projectCount += 1
    }
    for (const routes of batch.cells.values()) mergeIntoOther(routes, refused)
    changed.push(refused.size > 0)
  }
  return changed
}

/** Returns the routes of batches that were not yet recorded on the (UTC) day of `recordedAt`. */
export function unrecordedRoutes(
  cache: ShardCache,
  batches: readonly OpenBatch[],
  recordedAt: EpochMs,
): KnownRoutes[] {
  const today = new Date(recordedAt).toISOString().slice(0, 10)
  return batches.flatMap(({ service, environment, cells }) => {
    const known = cache.routes.get(serviceKeyOf({ service, environment }))!
    const routes: RouteName[] = []
    for (const group of cells.values()) {
      for (const route of group.keys()) {
        const last = known.get(route)
        if (last === undefined || last >= today) continue
        known.set(route, today)
        routes.push(route)
      }
    }
    return routes.length === 0 ? [] : [{ service, environment, routes }]
  })
}

async function knownRoutes(
  tx: Db,
  project: ProjectId,
  { cache, scope }: { cache: ShardCache; scope: ServiceScope },
): Promise<Map<RouteName, string>> {
  const key = serviceKeyOf(scope)
  const found = cache.routes.get(key)
  if (found !== undefined) return found
  const loaded = await loadRoutes(tx, project, scope)
  cache.routes.set(key, loaded)
  return loaded
}

function newRoutesOf(
  cells: BatchCells,
  known: ReadonlyMap<RouteName, string>,
): ReadonlySet<RouteName> {
  const unknown = new Set<RouteName>()
  for (const routes of cells.values()) {
    for (const route of routes.keys()) {
      if (route !== OTHER_ROUTE && !known.has(route)) unknown.add(route)
    }
  }
  return unknown
}

function mergeIntoOther(routes: Map<RouteName, OpenCell>, refused: ReadonlySet<RouteName>): void {
  if (refused.size === 0) return
  for (const route of refused) {
    const cell = routes.get(route)
    if (cell === undefined) continue
    routes.delete(route)
    addCellAt(routes, OTHER_ROUTE, cell)
  }
}
