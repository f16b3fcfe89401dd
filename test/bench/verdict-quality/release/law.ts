import type { RouteName } from '@portcullis/contracts'
import { BUCKET_MS, SECOND_MS } from '@portcullis/contracts'

import { type Random, randomOf } from '../../../chaos/random.ts'
import {
  type Course,
  type Family,
  FAMILIES,
  type Rollout,
  STRENGTHS,
  type Weather,
} from './families.ts'
import type { LatencyLaw } from './latency.ts'

/** Half an hour before a release, and half an hour of looks after it. */
export const HISTORY_BUCKETS = 180
export const WATCHED_BUCKETS = 180

const CANARY_SHARE = 0.1
const STAGED_BUCKETS = 60

/** Latencies of the tail are so many times as long. */
export const TAIL_FACTOR = 4
const USUAL_TAIL = 0.01

interface Route {
  readonly name: RouteName
  readonly weight: number
  readonly law: LatencyLaw
}

/** A service of four routes. */
const ROUTES: readonly Route[] = [
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

/** What is settled of a release before its first request. */
export interface Plan {
  /** For all that is drawn after. */
  readonly random: Random
  readonly rate: number
  /** From 0.1 % to 1 %. */
  readonly errorRate: number
  readonly course: Course
  readonly family: Family
  readonly rollout: Rollout
}

/** Returns the plan of a release. Its strength, rollout and error rate follow from the seed, so that each of them has its turn. */
export function planOf({ family: name, rate, seed }: ReleaseKey): Plan {
  const index = FAMILIES.findIndex((one) => one.name === name)
  const family = FAMILIES[index]
  if (family === undefined) throw new Error(`There is no family ${name}.`)
  const random = randomOf(Math.imul(seed + 1, 0x9e3779b1) ^ (index * 1_000_003 + rate * 7_919))
  const strength = seed % STRENGTHS
  const rollout = family.rollouts[Math.floor(seed / STRENGTHS) % family.rollouts.length]!
  const course = family.course({ random, strength })
  const errorRate = 0.001 * 10 ** random.part()
  return { random, rate, errorRate, course, family, rollout }
}

/** From which distributions a version's requests on a route in a bucket are drawn. */
export interface CellLaw {
  /** Mean of their number, which is a Poisson count. */
  readonly requests: number
  readonly errorShare: number
  /** Mean size of the bursts in which errors come. */
  readonly burst: number
  /** Share of requests that take `TAIL_FACTOR` times as long. */
  readonly tail: number
  readonly latency: LatencyLaw
}

/** One version on one route in one bucket. */
export interface LawfulCell {
  readonly isNew: boolean
  readonly route: RouteName
  /** As it is, and as it would be if the release had no defect. */
  readonly law: CellLaw
  readonly healthy: CellLaw
}

/** Returns the cells of a bucket, of which number 0 is the first after the release; the old version's first. Buckets are asked for in their order. */
export function cellsOf(plan: Plan, bucket: number): LawfulCell[] {
  const newShare = shareOfNew(plan.rollout, bucket)
  const common = plan.course.common?.(bucket) ?? {}
  const defect = newShare > 0 ? (plan.course.defect?.(bucket) ?? {}) : {}
  return [false, true].flatMap((isNew) => {
    const share = isNew ? newShare : 1 - newShare
    if (share === 0) return []
    return ROUTES.map((route, index) => {
      const place = { route, isNew, share, newShare, common }
      const isHit = defect.route === undefined || defect.route === index
      const healthy = lawOf(plan, place, {})
      return {
        isNew,
        route: route.name,
        healthy,
        law: isHit ? lawOf(plan, place, defect) : healthy,
      }
    })
  })
}

function shareOfNew(rollout: Rollout, bucket: number): number {
  if (bucket < 0) return 0
  return rollout === 'full' || (rollout === 'staged' && bucket >= STAGED_BUCKETS) ? 1 : CANARY_SHARE
}

interface Place {
  readonly route: Route
  readonly isNew: boolean
  /** Of the traffic: of this version, and of the new one. */
  readonly share: number
  readonly newShare: number
  readonly common: Weather
}

function lawOf(plan: Plan, place: Place, defect: Weather): CellLaw {
  const { rate, family, course, errorRate } = plan
  const { route, isNew, share, newShare, common } = place
  const usual = Math.min(1, errorRate * (common.errors ?? 1) + (common.addedErrors ?? 0))
  const broken = Math.min(1, usual * (defect.errors ?? 1))
  // What is asked again falls on both versions, as all traffic does.
  const again = 1 + (course.retries ?? 0) * newShare * broken
  const perBucket = rate * (BUCKET_MS / SECOND_MS) * route.weight * (common.traffic ?? 1)
  const { tail, latency }: Weather = isNew ? defect : {}
  return {
    requests: perBucket * share * again,
    errorShare: isNew ? broken : usual,
    burst: family.burst,
    tail: tail ?? USUAL_TAIL,
    latency: {
      medianUs: route.law.medianUs * (common.latency ?? 1) * (latency ?? 1),
      sigma: route.law.sigma,
    },
  }
}
