import {
  type EpochMs,
  HOUR_MS,
  hourStartOf,
  minuteStartOf,
  plusMs,
  type ProjectId,
  type RouteName,
} from '@portcullis/contracts'
import { type Cell, mergeCells, type RouteCells } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { eachHour, storedRoutes } from '../traffic/query-hours.ts'
import { serviceKeyOf, type ServiceScope } from '../traffic/windows.ts'

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

/**
 * What routes did a while ago, by whole minutes, as the stored minutes have it: at an hour's distance and more they are
 * complete but for requests that were reported as late as that.
 */
export class LivePast {
  readonly #kept = new Map<string, Kept>()

  /** Reads what is asked for, once a minute, and forgets all else. */
  async follow(
    db: Db,
    project: ProjectId,
    { asked, now }: { readonly asked: readonly PastAsked[]; readonly now: EpochMs },
  ): Promise<void> {
    const minute = minuteStartOf(now)
    const keys = new Set(asked.map(keyOf))
    for (const key of this.#kept.keys()) if (!keys.has(key)) this.#kept.delete(key)
    for (const one of asked) {
      if (this.#kept.get(keyOf(one))?.minute === minute) continue
      const to = plusMs(minute, -one.agoMs)
      const cells = await readPast(db, project, { ...one, to })
      this.#kept.set(keyOf(one), { minute, cells })
    }
  }

  /** Null where nothing is kept of that time. */
  of(asked: PastAsked): RouteCells | null {
    return this.#kept.get(keyOf(asked))?.cells ?? null
  }
}

async function readPast(
  db: Db,
  project: ProjectId,
  { scope, windowMs, to }: PastAsked & { readonly to: EpochMs },
): Promise<RouteCells | null> {
  const from = plusMs(to, -windowMs)
  const hours = { from: hourStartOf(from), to: plusMs(hourStartOf(plusMs(to, -1)), HOUR_MS) }
  const found = new Map<RouteName, Cell[]>()
  const routes = await storedRoutes(db, project, scope)
  await eachHour(db, project, { scope, routes, hours }, (route, hour) => {
    for (const [minute, versions] of hour) {
      if (minute < from || minute >= to) continue
      const cells = found.get(route) ?? []
      cells.push(...versions.values())
      found.set(route, cells)
    }
  })
  if (found.size === 0) return null
  return new Map([...found].map(([route, cells]) => [route, mergeCells(cells)]))
}

function keyOf({ scope, agoMs, windowMs }: PastAsked): string {
  return `${serviceKeyOf(scope)}\n${agoMs}\n${windowMs}`
}
