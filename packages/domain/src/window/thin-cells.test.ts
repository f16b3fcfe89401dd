import type { EpochMs, RouteName, VersionName } from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { countSlower } from '../policy/rules/latency.ts'
import { foldObservations } from './batch-fold.ts'
import { mergeCells } from './cell-sum.ts'
import { binOf, latencyUsOf } from './latency.ts'
import { thinBucket } from './thin-cells.ts'

const [ROUTE, VERSION, START] = ['GET /a' as RouteName, '1' as VersionName, 0 as EpochMs]
const LIMITS_MS = [20, 300]
const LIMITS = LIMITS_MS.map((limit) => binOf(latencyUsOf(limit)))

function cellOf(durations: readonly number[]) {
  const observations = durations.map((durationMs, nth) => {
    return { route: ROUTE, status: nth % 3 === 0 ? 503 : 200, durationMs, at: START }
  })
  return foldObservations(observations).get(START)!.get(ROUTE)!
}

function thin(cell: ReturnType<typeof cellOf>, limits: readonly number[] = LIMITS) {
  const bucket = new Map([[VERSION, new Map([[ROUTE, structuredClone(cell)]])]])
  return thinBucket(bucket, limits).get(VERSION)!.get(ROUTE)!
}

const durations = fc.array(
  fc.oneof(
    fc.double({ min: 0, max: 1_000, noNaN: true }),
    fc.constantFrom(...LIMITS_MS, 19.9, 306),
  ),
  { minLength: 1, maxLength: 40 },
)

t.test(
  'a thin cell counts as many requests above each limit, also in a sum with whole ones',
  async (t) => {
    fc.assert(
      fc.property(durations, durations, (some, others) => {
        const [one, other] = [cellOf(some), cellOf(others)]
        const whole = mergeCells([one, other])
        const mixed = mergeCells([thin(one), other])
        for (const limit of LIMITS_MS) {
          if (countSlower(mixed, limit) !== countSlower(whole, limit)) return false
        }
        return mixed.count === whole.count
      }),
    )
    t.equal(thin(cellOf([1, 2, 30, 31, 400, 500])).bins.length, LIMITS.length + 1)
  },
)

t.test('what is not latency stays', async (t) => {
  const cell = cellOf([1, 2, 30, 400])
  const { bins, binCounts, ...rest } = thin(cell)
  const { bins: _, binCounts: __, ...wanted } = cell
  t.strictSame(rest, wanted)
  t.strictSame([bins.length, binCounts], [3, [2, 1, 1]])
})

t.test('without limits one bin holds all, and thinning twice is thinning once', async (t) => {
  const cell = cellOf([1, 2, 30, 400])
  t.strictSame(thin(cell, []).binCounts, [4])
  t.strictSame(thin(thin(cell)), thin(cell))
})
