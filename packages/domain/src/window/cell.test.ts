import fc from 'fast-check'
import t from 'tap'

import { mergeCells } from './cell-sum.ts'
import { addCell, type Cell, emptyCell, errorsOf, observe, plus } from './cell.ts'
import { LATENCY_US_MAX } from './latency.ts'

const request = fc.tuple(fc.integer({ min: 100, max: 599 }), fc.integer({ min: 1, max: 500_000 }))
const requests = fc.array(request, { maxLength: 60 })

function cellOf(seen: readonly (readonly [number, number])[]): Cell {
  const cell = emptyCell()
  for (const [status, latencyUs] of seen) observe(cell, status, latencyUs)
  return cell
}

t.test('a cell counts requests by status and by latency, in ascending order', async (t) => {
  const cell = cellOf([
    [503, 1_000],
    [200, 1],
    [200, 1_000],
    [404, 999],
  ])
  t.same(cell, {
    count: 4,
    sumUs: 3_000,
    minUs: 1,
    maxUs: 1_000,
    statuses: [200, 404, 503],
    statusCounts: [2, 1, 1],
    bins: [0, 346],
    binCounts: [1, 3],
  })
})

t.test('only 5xx is an error', async (t) => {
  const statuses = [100, 200, 301, 400, 401, 403, 404, 409, 422, 429, 499, 500, 503, 599]
  t.equal(errorsOf(cellOf(statuses.map((status) => [status, 1] as const))), 3)
  t.equal(errorsOf(emptyCell()), 0)
})

t.test('a cell does not depend on the order of its requests', async () => {
  fc.assert(
    fc.property(requests, fc.infiniteStream(fc.nat()), (seen, keys) => {
      const shuffled = seen
        .map((one) => ({ one, key: keys.next().value }))
        .toSorted((a, b) => a.key - b.key)
        .map(({ one }) => one)
      t.same(cellOf(shuffled), cellOf(seen))
    }),
  )
})

t.test('addition is what folding everything at once gives, and it commutes', async () => {
  fc.assert(
    fc.property(requests, requests, (a, b) => {
      const sum = mergeCells([cellOf(a), cellOf(b)])
      t.same(sum, cellOf([...a, ...b]))
      t.same(sum, mergeCells([cellOf(b), undefined, cellOf(a)]))
      const added = emptyCell()
      for (const part of [b, a]) addCell(added, cellOf(part))
      t.same(added, sum)
    }),
  )
})

t.test('addition associates, even beyond what can be counted', async () => {
  const huge = fc.record({
    status: fc.constantFrom(200, 500),
    bin: fc.nat(3),
    count: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(Number.MAX_SAFE_INTEGER - 1)),
  })
  const cell = fc.array(huge, { minLength: 1, maxLength: 4 }).map((parts) =>
    mergeCells(
      parts.map(({ status, bin, count }) => ({
        ...emptyCell(),
        count,
        sumUs: plus(count, LATENCY_US_MAX),
        minUs: 1,
        maxUs: 2,
        statuses: [status],
        statusCounts: [count],
        bins: [bin],
        binCounts: [count],
      })),
    ),
  )
  fc.assert(
    fc.property(cell, cell, cell, (a, b, c) => {
      t.same(mergeCells([mergeCells([a, b]), c]), mergeCells([a, mergeCells([b, c])]))
    }),
  )
})

t.test('a sum shares nothing with what was added', async (t) => {
  const a = cellOf([[200, 5]])
  const before = structuredClone(a)
  const sum = emptyCell()
  addCell(sum, a)
  observe(sum, 200, 5)
  t.same(a, before)
})
