import {
  BUCKET_MS,
  DEFAULT_PROJECT,
  type EpochMs,
  METRIC_SHARDS,
  MINUTE_MS,
  type RouteName,
  type ServiceName,
  type VersionName,
} from '@portcullis/contracts'
import { foldObservations, mergeCells, packBatch, packHour } from '@portcullis/domain'
import { shardOf } from '@portcullis/queues'

import { routeNames } from '../traffic/batch-requests.ts'
import { randomFrom } from '../traffic/random.ts'
import { groupOf, type PackedGroup } from './packed-group.ts'

/** What a service's routes do in a minute. */
export interface MinuteShape {
  /** The batch of each of its buckets. */
  readonly batches: readonly PackedGroup[]
  /** The minute of each route, as hours hold it. */
  readonly minutes: ReadonlyMap<RouteName, PackedGroup>
}

export const VERSION = '1.4.2' as VersionName

/** Of each service. */
const ROUTES = 50
/** Of a route in a bucket: one a second. */
const REQUESTS = 10
/** Requests of a service in a bucket. */
export const REQUESTS_OF_BUCKET = ROUTES * REQUESTS
const BUCKETS = MINUTE_MS / BUCKET_MS
/** Minutes that differ from each other; then they come again. */
const SHAPES = 41
/** Every so often there is trouble for some minutes: verdicts of the past are not all the same. */
const TROUBLE_EVERY_MINUTES = 367
const TROUBLE_MINUTES = 6
const FAILING_ROUTES = 3
const ERRORS_IN_TROUBLE = 0.4
const NOT_FOUND = 0.03
const ANY_START = 0 as EpochMs
const MEDIAN_MS = 40
const SPREAD = 0.35

/** Services of 50 routes each, one on every shard: 200 routes, as some teams have them. */
export const SERVICES: readonly ServiceName[] = Array.from(
  { length: METRIC_SHARDS },
  (_, shard) => {
    for (let nth = 0; ; nth += 1) {
      const name = `service-${nth}` as ServiceName
      if (shardOf(DEFAULT_PROJECT, name) === shard) return name
    }
  },
)

/** Returns the names of a service's routes; each service has its own. */
export function routesOfService(service: ServiceName): RouteName[] {
  return routeNames(ROUTES, service) as RouteName[]
}

/** Says what a service does in any minute: the same at every run. */
export function minuteShapes(service: ServiceName): (minute: EpochMs) => MinuteShape {
  const random = randomFrom(1 + SERVICES.indexOf(service))
  const usual = Array.from({ length: SHAPES }, () => shapeOf(service, random, 0))
  const trouble = shapeOf(service, random, ERRORS_IN_TROUBLE)
  return (minute) => {
    const nth = minute / MINUTE_MS
    return nth % TROUBLE_EVERY_MINUTES < TROUBLE_MINUTES ? trouble : usual[nth % SHAPES]!
  }
}

function shapeOf(service: ServiceName, random: () => number, errorShare: number): MinuteShape {
  const routes = routesOfService(service)
  const buckets = Array.from({ length: BUCKETS }, () => {
    const observations = routes.flatMap((route, place) =>
      Array.from({ length: REQUESTS }, () => ({
        route,
        status: statusOf(random(), place < FAILING_ROUTES ? errorShare : 0),
        durationMs: MEDIAN_MS * Math.exp(SPREAD * normal(random)),
        at: ANY_START,
      })),
    )
    return foldObservations(observations).get(ANY_START)!
  })
  const minutes = routes.map((route) => {
    const cell = mergeCells(buckets.map((bucket) => bucket.get(route)))
    return [route, groupOf(packHour(new Map([[ANY_START, new Map([[VERSION, cell]])]])))] as const
  })
  return {
    batches: buckets.map((bucket) => groupOf(packBatch(new Map([[ANY_START, bucket]])))),
    minutes: new Map(minutes),
  }
}

function statusOf(share: number, errors: number): number {
  if (share < errors) return 500
  return share < errors + NOT_FOUND ? 404 : 200
}

/** A number of the normal distribution (Box and Muller, 1958). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
