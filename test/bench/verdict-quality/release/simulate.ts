import {
  BUCKET_MS,
  type EpochMs,
  plusMs,
  type RouteName,
  SECOND_MS,
  type VersionName,
} from '@portcullis/contracts'
import { type BatchCells, emptyCell, type OpenCell } from '@portcullis/domain'

import { type Random, randomOf } from '../../../chaos/random.ts'
import { binomial, bursty, poisson } from './draws.ts'
import {
  type Course,
  type Family,
  FAMILIES,
  type Rollout,
  STRENGTHS,
  type Weather,
} from './families.ts'
import { drawLatencies, type LatencyLaw } from './latency.ts'

/** Half an hour before a release, and half an hour of looks after it. */
export const HISTORY_BUCKETS = 180
export const WATCHED_BUCKETS = 180

export const OLD = '1.0.0' as VersionName
export const NEW = '1.1.0' as VersionName

/** When every release begins: the same instant, because nothing depends on it. */
export const SINCE = 1_800_000_000_000 as EpochMs

const CANARY_SHARE = 0.1
const STAGED_BUCKETS = 60

/** Latencies of the tail are so many times as long. */
const TAIL_FACTOR = 4
const USUAL_TAIL = 0.01

/** A service of four routes. */
const ROUTES: readonly {
  readonly name: RouteName
  readonly weight: number
  readonly law: LatencyLaw
}[] = [
  { name: 'GET /catalog' as RouteName, weight: 0.5, law: { medianUs: 20_000, sigma: 0.4 } },
  { name: 'GET /cart' as RouteName, weight: 0.3, law: { medianUs: 35_000, sigma: 0.4 } },
  { name: 'POST /cart' as RouteName, weight: 0.15, law: { medianUs: 60_000, sigma: 0.4 } },
  { name: 'POST /orders' as RouteName, weight: 0.05, law: { medianUs: 120_000, sigma: 0.4 } },
]

/** Which release is simulated: the same one for the same values. */
export interface ReleaseKey {
  readonly family: string
  /** Requests per second. */
  readonly rate: number
  readonly seed: number
}

export interface SimulatedBucket {
  readonly start: EpochMs
  /** What each version did: a batch of its own. */
  readonly batches: ReadonlyMap<VersionName, BatchCells>
  /** Requests that are expected to be worse because of the defect. */
  readonly harmed: number
}

/** Returns a release, bucket by bucket. Its strength, rollout and error rate follow from the seed, so that each of them has its turn. */
export function simulateRelease({
  family: name,
  rate,
  seed,
}: ReleaseKey): Iterable<SimulatedBucket> {
  const index = FAMILIES.findIndex((one) => one.name === name)
  const family = FAMILIES[index]
  if (family === undefined) throw new Error(`There is no family ${name}.`)
  const random = randomOf(Math.imul(seed + 1, 0x9e3779b1) ^ (index * 1_000_003 + rate * 7_919))
  const strength = seed % STRENGTHS
  const rollout = family.rollouts[Math.floor(seed / STRENGTHS) % family.rollouts.length]!
  const course = family.course({ random, strength })
  const errorRate = 0.001 * 10 ** random.part()
  return bucketsOf({ random, rate, errorRate, course, family, rollout })
}

interface Service {
  readonly random: Random
  readonly rate: number
  /** From 0.1 % to 1 %. */
  readonly errorRate: number
  readonly course: Course
  readonly family: Family
  readonly rollout: Rollout
}

function* bucketsOf(service: Service): Generator<SimulatedBucket> {
  for (let bucket = -HISTORY_BUCKETS; bucket < WATCHED_BUCKETS; bucket += 1) {
    yield bucketOf(service, bucket)
  }
}

function bucketOf(service: Service, bucket: number): SimulatedBucket {
  const { rollout, course } = service
  const start = plusMs(SINCE, bucket * BUCKET_MS)
  const newShare = shareOfNew(rollout, bucket)
  const common = course.common?.(bucket) ?? {}
  const defect = newShare > 0 ? (course.defect?.(bucket) ?? {}) : {}
  const batches = new Map<VersionName, BatchCells>()
  let harmed = 0
  // The old version first: the draws come in the same order in every run.
  for (const version of [OLD, NEW]) {
    const share = version === NEW ? newShare : 1 - newShare
    if (share === 0) continue
    const drawn = drawVersion(service, { share, newShare, common, defect }, version === NEW)
    batches.set(version, new Map([[start, drawn.cells]]))
    harmed += drawn.harmed
  }
  return { start, batches, harmed }
}

function drawVersion(
  service: Service,
  part: Omit<Place, 'route'>,
  isNew: boolean,
): { cells: Map<RouteName, OpenCell>; harmed: number } {
  const cells = new Map<RouteName, OpenCell>()
  let harmed = 0
  for (const [index, route] of ROUTES.entries()) {
    const { defect } = part
    const isHit = defect.route === undefined || defect.route === index
    const drawn = drawCell(service, { ...part, route, defect: isHit ? defect : {} }, isNew)
    if (drawn.cell.count > 0) cells.set(route.name, drawn.cell)
    harmed += drawn.harmed
  }
  return { cells, harmed }
}

function shareOfNew(rollout: Rollout, bucket: number): number {
  if (bucket < 0) return 0
  return rollout === 'full' || (rollout === 'staged' && bucket >= STAGED_BUCKETS) ? 1 : CANARY_SHARE
}

/** What one version does on one route in one bucket. */
interface Place {
  readonly route: (typeof ROUTES)[number]
  /** Of the traffic: of this version, and of the new one. */
  readonly share: number
  readonly newShare: number
  readonly common: Weather
  /** Of the new version on this route. */
  readonly defect: Weather
}

interface Drawn {
  readonly cell: OpenCell
  readonly harmed: number
}

function drawCell(service: Service, place: Place, isNew: boolean): Drawn {
  const { random, rate, family, course, errorRate } = service
  const { route, share, newShare, common } = place
  const usual = Math.min(1, errorRate * (common.errors ?? 1) + (common.addedErrors ?? 0))
  const broken = Math.min(1, usual * (place.defect.errors ?? 1))
  // What is asked again falls on both versions, as all traffic does.
  const again = 1 + (course.retries ?? 0) * newShare * broken
  const perBucket = rate * (BUCKET_MS / SECOND_MS) * route.weight * (common.traffic ?? 1)
  const n = poisson(random, perBucket * share * again)
  const defect = isNew ? place.defect : {}
  const errorShare = isNew ? broken : usual
  const errors = drawErrors(random, { n, errorShare, burst: family.burst })
  const tail = defect.tail ?? USUAL_TAIL
  const medianUs = route.law.medianUs * (common.latency ?? 1) * (defect.latency ?? 1)
  const cell = emptyCell()
  const slow = binomial(random, n, tail)
  drawLatencies(random, { cell, n: n - slow }, { ...route.law, medianUs })
  drawLatencies(random, { cell, n: slow }, { ...route.law, medianUs: medianUs * TAIL_FACTOR })
  addStatuses(cell, n - errors, errors)
  const harmedShare = defect.latency === undefined ? errorShare - usual + tail - USUAL_TAIL : 1
  return { cell, harmed: n * harmedShare }
}

function drawErrors(
  random: Random,
  {
    n,
    errorShare,
    burst,
  }: { readonly n: number; readonly errorShare: number; readonly burst: number },
): number {
  if (burst === 1) return binomial(random, n, errorShare)
  return Math.min(n, bursty(random, n * errorShare, burst))
}

function addStatuses({ statuses, statusCounts }: OpenCell, good: number, errors: number): void {
  for (const [status, count] of [
    [200, good],
    [500, errors],
  ] as const) {
    if (count === 0) continue
    statuses.push(status)
    statusCounts.push(count)
  }
}
