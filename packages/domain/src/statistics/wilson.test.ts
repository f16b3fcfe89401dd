import fc from 'fast-check'
import t from 'tap'

import { wilsonInterval } from './wilson.ts'

// Intervals of 95 %, recomputed from the formula with 40 digits.
const VECTORS: readonly (readonly [hits: number, total: number, low: number, high: number])[] = [
  [0, 10, 0, 0.277533],
  [1, 10, 0.017876, 0.40415],
  [0, 50, 0, 0.071348],
  [1, 50, 0.003539, 0.104954],
  [5, 100, 0.021544, 0.11175],
  [3, 1000, 0.001021, 0.008783],
]

t.test('intervals are those of the formula', async (t) => {
  for (const [hits, total, low, high] of VECTORS) {
    const found = wilsonInterval(hits, total)
    t.ok(Math.abs(found.low - low) < 1e-6, `${hits}/${total} low ${found.low}`)
    t.ok(Math.abs(found.high - high) < 1e-6, `${hits}/${total} high ${found.high}`)
  }
})

t.test('an interval holds the share, and is that of the misses turned round', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (total, part) => {
        const hits = Math.round(total * part)
        const { low, high } = wilsonInterval(hits, total)
        const misses = wilsonInterval(total - hits, total)
        return (
          low <= hits / total &&
          hits / total <= high &&
          Math.abs(low - (1 - misses.high)) < 1e-9 &&
          Math.abs(high - (1 - misses.low)) < 1e-9
        )
      },
    ),
  )
})
