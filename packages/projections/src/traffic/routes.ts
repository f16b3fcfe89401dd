import {
  type EnvironmentName,
  type EpochMs,
  METRIC_SHARDS,
  OTHER_ROUTE,
  type ProjectId,
  type RouteName,
  type ServiceName,
} from '@portcullis/contracts'
import { type Db, overtaken } from '@portcullis/event-log'

import { isoOf } from '../record.ts'

/** The routes of one service in one environment that are counted by name. */
export interface KnownRoutes {
  readonly service: ServiceName
  readonly environment: EnvironmentName
  readonly routes: readonly RouteName[]
}

/** Loads the names that count against the cap, of one service and environment, with their last day. */
export async function loadRoutes(
  db: Db,
  project: ProjectId,
  { service, environment }: Pick<KnownRoutes, 'service' | 'environment'>,
): Promise<Map<RouteName, string>> {
  const { rows } = await db.query<{ route: RouteName; last_day: string }>(
    `select route, last_day::text from routes
     where project_id = $1 and service = $2 and environment = $3`,
    [project, service, environment],
  )
  return new Map(rows.map((row) => [row.route, row.last_day]))
}

/** What is to be added to the routes of a project, and how many there may be. */
export interface RouteRoom {
  /** Routes that the transaction adds at most. */
  readonly adding: number
  readonly max: number
}

/**
 * Counts the routes of the whole project, and makes sure that the count can be relied on until the
 * transaction ends. Far from the limit, all shards may add at the same time, for together they cannot
 * reach it; near it they add one after another.
 *
 * Throws an error that is retryable where the count has left the one for the other meanwhile.
 */
export async function countRoutesHeld(
  tx: Db,
  project: ProjectId,
  room: RouteRoom,
): Promise<number> {
  const isFar = isFarFromFull(await countRoutes(tx, project), room)
  const mode = isFar ? '_shared' : ''
  await tx.query(
    `select pg_advisory_xact_lock${mode}(hashtextextended('portcullis.routes.' || $1, 0))`,
    [project],
  )
  const count = await countRoutes(tx, project)
  if (!isFar || isFarFromFull(count, room)) return count
  throw overtaken('the routes of the project came near to their limit in this moment')
}

/** Each shard is folded by one transaction at a time: that many may add at once, each as much as this one. */
function isFarFromFull(count: number, { adding, max }: RouteRoom): boolean {
  const half = max / 2
  return count <= half && adding * METRIC_SHARDS <= half
}

async function countRoutes(db: Db, project: ProjectId): Promise<number> {
  const { rows } = await db.query<{ count: string }>(
    'select count(*) as count from routes where project_id = $1',
    [project],
  )
  return Number(rows[0]!.count)
}

/** Records that routes were seen on the (UTC) day of `recordedAt`; `OTHER` is none. */
export async function touchRoutes(
  tx: Db,
  project: ProjectId,
  { seen, recordedAt }: { seen: readonly KnownRoutes[]; recordedAt: EpochMs },
): Promise<void> {
  const flat = seen.flatMap(({ service, environment, routes }) =>
    routes
      .filter((route) => route !== OTHER_ROUTE)
      .map((route) => ({ service, environment, route })),
  )
  if (flat.length === 0) return
  await tx.query(
    `insert into routes (project_id, service, environment, route, last_day)
     select distinct $1, service, environment, route, ($5::timestamptz at time zone 'UTC')::date
     from unnest($2::text[], $3::text[], $4::text[]) as given (service, environment, route)
     on conflict (project_id, service, environment, route)
     do update set last_day = greatest(routes.last_day, excluded.last_day)`,
    [
      project,
      flat.map((one) => one.service),
      flat.map((one) => one.environment),
      flat.map((one) => one.route),
      isoOf(recordedAt),
    ],
  )
}

/** How many routes of a service in an environment are counted by name. */
export interface RouteCount {
  readonly service: ServiceName
  readonly environment: EnvironmentName
  readonly routes: number
}

/** Counts the routes of every service in every environment. */
export async function countRoutesByService(db: Db, project: ProjectId): Promise<RouteCount[]> {
  const { rows } = await db.query<RouteCount & Record<string, unknown>>(
    `select service, environment, count(*)::float8 as routes from routes
     where project_id = $1 group by service, environment`,
    [project],
  )
  return rows
}
