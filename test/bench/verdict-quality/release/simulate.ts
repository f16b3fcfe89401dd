import {
  BUCKET_MS,
  type EpochMs,
  plusMs,
  type RouteName,
  type VersionName,
} from '@portcullis/contracts'
import { type BatchCells, emptyCell, type OpenCell } from '@portcullis/domain'

import type { Random } from '../../../chaos/random.ts'
import { binomial, bursty, poisson } from './draws.ts'
import { drawLatencies } from './latency.ts'
import {
  type CellLaw,
  cellsOf,
  HISTORY_BUCKETS,
  type LawfulCell,
  type Plan,
  planOf,
  type ReleaseKey,
  TAIL_FACTOR,
  WATCHED_BUCKETS,
} from './law.ts'

export const OLD = '1.0.0' as VersionName
export const NEW = '1.1.0' as VersionName

/** When every release begins: the same instant, because nothing depends on it. */
export const SINCE = 1_800_000_000_000 as EpochMs

export interface SimulatedBucket {
  readonly start: EpochMs
  /** What each version did: a batch of its own. */
  readonly batches: ReadonlyMap<VersionName, BatchCells>
  /** Requests that are expected to be worse because of the defect. */
  readonly harmed: number
}

/** Returns a release, bucket by bucket. */
export function* simulateRelease(key: ReleaseKey): Generator<SimulatedBucket> {
  const plan = planOf(key)
  for (let bucket = -HISTORY_BUCKETS; bucket < WATCHED_BUCKETS; bucket += 1) {
    yield bucketOf(plan, bucket)
  }
}

function bucketOf(plan: Plan, bucket: number): SimulatedBucket {
  const start = plusMs(SINCE, bucket * BUCKET_MS)
  const byVersion = new Map<VersionName, Map<RouteName, OpenCell>>()
  let harmed = 0
  // The old version first: the draws come in the same order in every run.
  for (const one of cellsOf(plan, bucket)) {
    const version = one.isNew ? NEW : OLD
    const cells = byVersion.get(version) ?? new Map<RouteName, OpenCell>()
    byVersion.set(version, cells)
    const cell = drawCell(plan.random, one.law)
    if (cell.count > 0) cells.set(one.route, cell)
    harmed += cell.count * harmedShareOf(one)
  }
  const batches = new Map<VersionName, BatchCells>()
  for (const [version, cells] of byVersion) batches.set(version, new Map([[start, cells]]))
  return { start, batches, harmed }
}

/** Who is slower is so with every request. */
function harmedShareOf({ law, healthy }: LawfulCell): number {
  if (law.latency.medianUs !== healthy.latency.medianUs) return 1
  return law.errorShare - healthy.errorShare + law.tail - healthy.tail
}

function drawCell(
  random: Random,
  { requests, errorShare, burst, tail, latency }: CellLaw,
): OpenCell {
  const n = poisson(random, requests)
  const errors = drawErrors(random, { n, errorShare, burst })
  const cell = emptyCell()
  const slow = binomial(random, n, tail)
  drawLatencies(random, { cell, n: n - slow }, latency)
  const slowMedianUs = latency.medianUs * TAIL_FACTOR
  drawLatencies(random, { cell, n: slow }, { ...latency, medianUs: slowMedianUs })
  addStatuses(cell, n - errors, errors)
  return cell
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
