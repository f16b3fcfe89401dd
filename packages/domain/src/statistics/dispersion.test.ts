import t from 'tap'

import { addToSpread, dispersionOf as ofSpread, NO_SPREAD, type Spread } from './dispersion.ts'
import type { ArmCounts } from './rate-ratio.ts'

const spreadOf = (buckets: readonly ArmCounts[]): Spread => buckets.reduce(addToSpread, NO_SPREAD)

/** Of buckets with as many requests each. */
const dispersionOf = (counts: readonly number[]): number =>
  ofSpread(spreadOf(counts.map((errors) => ({ requests: 1_000, errors }))))

t.test('counts that tell nothing, or vary less than chance, have none', async (t) => {
  t.equal(dispersionOf([]), 1)
  t.equal(dispersionOf([7]), 1)
  t.equal(dispersionOf([0, 0, 0]), 1)
  t.equal(dispersionOf([5, 5, 5, 5]), 1)
})

t.test(
  'the dispersion is the variance over the mean, up to what the counts leave possible',
  async (t) => {
    // 10 % quantiles of chi-square with 1, 5 and 179 degrees of freedom: 0.0158, 1.610, 155.4.
    const cases: readonly (readonly [
      counts: readonly number[],
      ratio: number,
      quantile: number,
    ])[] = [
      [[0, 12, 0, 0, 0, 0], 12, 1.61],
      [Array.from({ length: 180 }, (_, index) => (index % 2) * 10), 5 * (180 / 179), 155.4],
    ]
    for (const [counts, ratio, quantile] of cases) {
      const expected = (ratio * (counts.length - 1)) / quantile
      t.ok(Math.abs(dispersionOf(counts) - expected) < expected / 100, `${dispersionOf(counts)}`)
    }
  },
)

t.test('traffic that swings is no dispersion', async (t) => {
  const swinging = [100, 900, 300, 700].map((requests) => ({ requests, errors: requests / 100 }))
  t.equal(ofSpread(spreadOf(swinging)), 1)
})

t.test('buckets without requests tell nothing', async (t) => {
  const some = [
    { requests: 100, errors: 0 },
    { requests: 100, errors: 9 },
  ]
  const none = { requests: 0, errors: 0 }
  t.strictSame(spreadOf([...some, none, none]), spreadOf(some))
})

t.test('the middle is below the bound, the more so of fewer buckets', async (t) => {
  const few = spreadOf([0, 12, 0, 0, 0, 0].map((errors) => ({ requests: 1_000, errors })))
  // The median of chi-square with 5 degrees of freedom is 4.351: variance over mean is 12 times 5 over it.
  t.ok(Math.abs(ofSpread(few, 'middle') - 60 / 4.351) < 0.1, `${ofSpread(few, 'middle')}`)
  t.ok(ofSpread(few, 'bound') > 2 * ofSpread(few, 'middle'))
})
