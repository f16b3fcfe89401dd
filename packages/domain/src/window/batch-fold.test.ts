import type { EpochMs, RouteName } from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { BatchFold, foldObservations } from './batch-fold.ts'
import { foldBucket } from './fold-bucket.ts'

const route = 'GET /a' as RouteName
const at = (ms: number) => ms as EpochMs

t.test('an observation belongs to the 10-second bucket of its instant', async (t) => {
  const fold = new BatchFold()
  for (const ms of [0, 9_999, 10_000, 25_000, 5_000]) fold.observe(route, 200, 1, at(ms))
  const counts = [...fold.cells].map(([start, cells]) => [start, cells.get(route)?.count])
  t.same(counts, [
    [0, 3],
    [10_000, 1],
    [20_000, 1],
  ])
})

t.test('a bucket that the sender folded is what its observations give', async (t) => {
  const request = fc.record({
    status: fc.integer({ min: 100, max: 599 }),
    durationMs: fc.double({ min: 0, max: 90_000, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.array(request, { minLength: 1, maxLength: 40 }), (seen) => {
      const cells = foldObservations(seen.map((one) => ({ ...one, route, at: at(15_000) })))
      const cell = cells.get(at(10_000))!.get(route)!
      const folded = foldBucket({
        statuses: Object.fromEntries(cell.statuses.map((s, i) => [s, cell.statusCounts[i]!])),
        latency: {
          bins: cell.bins.map((bin, i): [number, number] => [bin, cell.binCounts[i]!]).toReversed(),
          sum_us: cell.sumUs,
          min_us: cell.minUs,
          max_us: cell.maxUs,
        },
      })
      t.same(folded, { cell })
      const fold = new BatchFold()
      if ('cell' in folded) fold.addCell(route, at(19_999), folded.cell)
      t.same(fold.cells, cells)
    }),
  )
})

t.test('a bucket that contradicts itself is refused', async (t) => {
  const latency = { bins: [[116, 2]] as [number, number][], sum_us: 20, min_us: 10, max_us: 10 }
  const statuses = { '200': 2 }
  t.ok('cell' in foldBucket({ statuses, latency }))
  t.ok(
    'cell' in
      foldBucket({
        statuses,
        latency: {
          ...latency,
          bins: [
            [116, 1],
            [116, 1],
          ],
        },
      }),
  )
  type Case = [Record<string, number>, typeof latency, string]
  const cases = [
    [{ '200': 3 }, latency, 'statuses_and_bins_differ'],
    [{}, { ...latency, bins: [] }, 'statuses_and_bins_differ'],
    [statuses, { ...latency, min_us: 9 }, 'latency_contradicts_bins'],
    [statuses, { ...latency, min_us: 0 }, 'latency_contradicts_bins'],
    [statuses, { ...latency, max_us: 11 }, 'latency_contradicts_bins'],
    [statuses, { ...latency, sum_us: 19 }, 'latency_contradicts_bins'],
    [statuses, { ...latency, sum_us: 21 }, 'latency_contradicts_bins'],
  ] satisfies Case[]
  for (const [given, took, rejected] of cases) {
    t.same(foldBucket({ statuses: given, latency: took }), { rejected })
  }
})
