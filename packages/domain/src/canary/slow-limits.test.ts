import t from 'tap'

import { emptyCell, observe } from '../window/cell.ts'
import { binOf } from '../window/latency.ts'
import { learnLimits, NO_LIMITS } from './slow-limits.ts'

/** 1, 2, 3 ... milliseconds. */
function cellUpTo(requests: number) {
  const cell = emptyCell()
  for (let ms = 1; ms <= requests; ms += 1) observe(cell, 200, ms * 1_000)
  return cell
}

const binAt = (ms: number): number => binOf(ms * 1_000)

t.test('a limit is taken once ten requests lie beyond it', async (t) => {
  const rows: readonly (readonly [requests: number, limits: readonly (number | null)[]])[] = [
    [19, [null, null, null, null]],
    [20, [binAt(10), null, null, null]],
    [100, [binAt(50), binAt(90), null, null]],
    [200, [binAt(100), binAt(180), binAt(190), null]],
    [1_000, [binAt(500), binAt(900), binAt(950), binAt(990)]],
  ]
  for (const [requests, limits] of rows) {
    const found = learnLimits(NO_LIMITS, cellUpTo(requests))
    for (const [index, limit] of limits.entries()) {
      const one = found.limits[index]!
      // Values that share a bin with the limit count as fast.
      if (limit === null) t.equal(one, null)
      else t.ok(Math.abs(one! - limit) <= 1, `${requests}: ${one}, not ${limit}`)
    }
  }
})

t.test('a limit that is taken stays, and nothing is kept once all are', async (t) => {
  const first = learnLimits(NO_LIMITS, cellUpTo(200))
  t.ok(first.seen)
  const slower = emptyCell()
  for (let nth = 0; nth < 2_000; nth += 1) observe(slower, 200, 5_000_000)
  const all = learnLimits(first, slower)
  t.same(all.limits.slice(0, 3), first.limits.slice(0, 3))
  t.equal(all.limits[3], binAt(5_000))
  t.equal(all.seen, null)
  t.equal(learnLimits(all, cellUpTo(10)), all)
})

t.test('where all take equally long none is slow', async (t) => {
  const same = emptyCell()
  for (let nth = 0; nth < 1_000; nth += 1) observe(same, 200, 20_000)
  t.same(
    learnLimits(NO_LIMITS, same).limits,
    Array.from({ length: 4 }, () => binAt(20)),
  )
})
