import { type EpochMs, HOUR_MS, type ProjectId, type RouteName } from '@portcullis/contracts'
import { type HourCells, type Span, type Steps, unpackHour } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { inTurns } from '../in-turns.ts'
import { isoOf } from '../record.ts'
import type { ServiceScope } from './windows.ts'

/** Which stored hours (`metric_minutes`) are read. */
export interface HoursAsked {
  readonly scope: ServiceScope
  readonly routes: readonly RouteName[]
  /** Hours that begin in it. */
  readonly hours: Span
}

/** Is given a stored hour of a route. */
export type TakeHour = (route: RouteName, hour: HourCells) => void

interface StoredHour {
  [column: string]: unknown
  readonly route: RouteName
  readonly cells: Buffer
}

/** Hours that one statement reads; a full one takes up to 50 kB. */
const HOURS_AT_ONCE = 256

/** Returns how many hours a span of hours holds. */
export function hoursIn({ from, to }: Span): number {
  return (to - from) / HOUR_MS
}

/**
 * Hands every stored hour of the routes to `take`, in no particular order. Other work of the
 * process has its turn in between.
 */
export async function eachHour(
  db: Db,
  project: ProjectId,
  { scope, routes, hours }: HoursAsked,
  take: TakeHour,
): Promise<void> {
  const perRoute = hoursIn(hours)
  if (perRoute === 0) return
  const routesAtOnce = Math.max(1, Math.floor(HOURS_AT_ONCE / perRoute))
  for (let at = 0; at < routes.length; at += routesAtOnce) {
    const some = routes.slice(at, at + routesAtOnce)
    const rows = await readHours(db, project, { scope, routes: some, hours })
    await inTurns(takeAll(rows, take))
  }
}

function* takeAll(rows: readonly StoredHour[], take: TakeHour): Steps<void> {
  for (const { route, cells } of rows) {
    const unpacked = unpackHour(cells)
    if ('rejected' in unpacked) throw new Error(`stored minutes: ${unpacked.rejected}`)
    take(route, unpacked.cells)
    yield
  }
}

async function readHours(
  db: Db,
  project: ProjectId,
  { scope, routes, hours }: HoursAsked,
): Promise<StoredHour[]> {
  const { rows } = await db.query<StoredHour>(
    `select stored.route, stored.cells from unnest($4::text[]) as given (route)
     join metric_minutes as stored on stored.project_id = $1 and stored.service = $2
       and stored.environment = $3 and stored.route = given.route
       and stored.hour_start >= $5 and stored.hour_start < $6`,
    [project, scope.service, scope.environment, routes, isoOf(hours.from), isoOf(hours.to)],
  )
  return rows
}

/** Returns the routes of a service of which any hour is stored, however long ago, in order. */
export async function storedRoutes(
  db: Db,
  project: ProjectId,
  { service, environment }: ServiceScope,
): Promise<RouteName[]> {
  // From one route to the next: the index is entered once a route, not read through.
  const { rows } = await db.query<{ route: RouteName }>(
    `with recursive stored as (
       (select route from metric_minutes
        where project_id = $1 and service = $2 and environment = $3 order by route limit 1)
       union all
       select (select route from metric_minutes
               where project_id = $1 and service = $2 and environment = $3
                 and route > stored.route order by route limit 1)
       from stored where stored.route is not null
     )
     select route from stored where route is not null`,
    [project, service, environment],
  )
  return rows.map((row) => row.route)
}

/**
 * Returns up to when all batches that were folded are in the stored hours; null when all of them
 * are. What was folded later is in the live windows, apart from requests that were reported late.
 */
export async function compactedTo(db: Db, project: ProjectId): Promise<EpochMs | null> {
  const { rows } = await db.query<{ at: number | null }>(
    `select epoch_ms(min(minutes.recorded_at))::float8 as at
     from shard_heads as heads join minute_heads as minutes using (project_id, shard)
     where project_id = $1 and minutes.seq < heads.seq`,
    [project],
  )
  return (rows[0]?.at ?? null) as EpochMs | null
}
