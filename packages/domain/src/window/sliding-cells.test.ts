// Goal: a sum that moves forward is the sum made anew. Method: random traffic, on time and late, random steps and windows, and
// buckets that are kept thin meanwhile, as a backtest keeps them; counts at 2^53 too.
import {
  BUCKET_MS,
  bucketStartOf,
  type EpochMs,
  MINUTE_MS,
  plusMs,
  type RouteName,
  type VersionName,
} from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { countSlower } from '../policy/rules/latency.ts'
import { foldObservations } from './batch-fold.ts'
import { type BatchCells, groupAt } from './cell-table.ts'
import type { Cell } from './cell.ts'
import { binOf, latencyUsOf } from './latency.ts'
import { emptyWindow, foldBatch, slideWindow } from './service-window.ts'
import { SlidingCells } from './sliding-cells.ts'
import { thinBucket } from './thin-cells.ts'
import { windowCells } from './window-cells.ts'

const LIMITS_MS = [20, 300]
const LIMITS = LIMITS_MS.map((limit) => binOf(latencyUsOf(limit)))
const WINDOWS_MS = [MINUTE_MS, 90_000, 5 * MINUTE_MS, 15 * MINUTE_MS]
const BEGIN = bucketStartOf(Date.UTC(2100, 0, 1) as EpochMs)

/** What rules see of routes, in the order in which they see it. */
function seenIn(cells: Iterable<readonly [RouteName, Cell]>): string {
  const seen = Array.from(cells, ([route, cell]) => {
    const { count, statuses, statusCounts } = cell
    const slower = LIMITS_MS.map((limit) => countSlower(cell, limit))
    const ofStatus = statuses.map((status, nth) => [status, statusCounts[nth]!] as const)
    return [route, count, slower, ofStatus.filter(([, times]) => times > 0)]
  })
  return JSON.stringify(seen)
}

const requests = fc.record({
  /** Buckets before the present one. */
  late: fc.oneof(
    { weight: 4, arbitrary: fc.nat({ max: 1 }) },
    { weight: 1, arbitrary: fc.integer({ min: -12, max: 95 }) },
  ),
  route: fc.constantFrom('GET /a', 'GET /b', 'GET /c', 'POST /d'),
  version: fc.constantFrom('1', '2'),
  status: fc.constantFrom(200, 404, 500, 503),
  durationMs: fc.constantFrom(5, 20, 21, 300, 400),
  times: fc.integer({ min: 1, max: 4 }),
})
const steps = fc.array(
  fc.record({
    buckets: fc.oneof(fc.constantFrom(1, 6), fc.integer({ min: 1, max: 100 })),
    folded: fc.array(requests, { maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 30 },
)

t.test('a sum that moves forward is the sum made anew', async () => {
  fc.assert(
    fc.property(steps, (all) => {
      const window = emptyWindow()
      const sums = new SlidingCells(LIMITS)
      let now = BEGIN
      for (const { buckets, folded } of all) {
        now = plusMs(now, buckets * BUCKET_MS)
        for (const { late, route, version, times, ...request } of folded) {
          const at = plusMs(now, -late * BUCKET_MS)
          const one = { ...request, route: route as RouteName, at }
          const cells = foldObservations(Array.from({ length: times }, () => one))
          foldBatch(window, version as VersionName, cells)
          sums.fold(cells)
        }
        sums.slideTo(window, now)
        slideWindow(window, now, undefined, (bucket) => thinBucket(bucket, LIMITS))
        const isSame = WINDOWS_MS.every((windowMs) => {
          const anew = [...windowCells(window, now, windowMs)].toSorted(([a], [b]) =>
            a < b ? -1 : 1,
          )
          return seenIn(sums.cellsOver(window, now, windowMs)) === seenIn(anew)
        })
        if (!isSame) return false
      }
      return true
    }),
    { numRuns: 200 },
  )
})

t.test('what reached the largest number leaves a sum too', async (t) => {
  const [route, version] = ['GET /a' as RouteName, '1' as VersionName]
  const batchOf = (start: EpochMs, count: number): BatchCells => {
    const cells: BatchCells = new Map()
    const bin = binOf(latencyUsOf(5))
    groupAt(cells, start).set(route, {
      ...{ count, sumUs: count, minUs: 5_000, maxUs: 5_000 },
      ...{ statuses: [200], statusCounts: [count], bins: [bin], binCounts: [count] },
    })
    return cells
  }
  const window = emptyWindow()
  const sums = new SlidingCells(LIMITS)
  const counts: (number | undefined)[] = []
  for (const [nth, count] of [Number.MAX_SAFE_INTEGER, 7, 5, 3].entries()) {
    const now = plusMs(BEGIN, nth * 3 * BUCKET_MS)
    foldBatch(window, version, batchOf(now, count))
    sums.slideTo(window, now)
    counts.push(sums.cellsOver(window, now, MINUTE_MS).get(route)?.count)
  }
  t.strictSame(counts, [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 12, 8])
})
